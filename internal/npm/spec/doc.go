// Package spec holds the values that every part of the program shares when it speaks of npm packages: names, versions,
// dist-tags, platforms, integrities, manifests and trusted publishers. It performs no I/O.
package spec
