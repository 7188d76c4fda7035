// Package secret finds credentials among the files of a package, by a file's name and contents. It tells what kind of secret a
// file holds and never the secret itself. It is precise rather than complete: what it finds holds back a release.
package secret
