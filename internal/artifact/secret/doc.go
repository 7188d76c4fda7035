// Package secret finds credentials among the files of a package, by a file's name and contents. It returns the kind of secret that a file
// holds, and never the secret itself. It rather overlooks a secret than takes something else for one, because what it finds keeps a release
// from being published. It performs no I/O but reading. Package artifact calls Inspect for each file; start reading there.
package secret
