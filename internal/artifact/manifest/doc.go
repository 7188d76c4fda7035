// Package manifest turns a package.json into the document that npm would publish for it: its sloppy forms made regular, and what the
// package's files tell added. It performs no I/O.
//
// A registry keeps that document apart from the tarball, and installers read it first, so it has to be npm's own down to the odd
// cases. Where clients differ, the newest counts, npm 12. One file is one concern; Normalize puts them in npm's order, which matters:
// npm mends the package.json of a directory twice, and that of a .tgz once.
package manifest
