// Package manifest turns a package.json into the document that npm would publish for it: sloppy forms are made regular, and what follows
// from the package's files is added. It performs no I/O.
//
// A registry keeps that document apart from the tarball, and installers read it first. So it has to be npm's own, in the odd cases, too.
// Where clients differ, npm 12 counts, the newest. Each file handles one field or group of fields. Start reading with Normalize, which
// calls them in npm's order. The order matters: npm mends the package.json of a directory twice, and that of a .tgz once. Package
// artifact calls Normalize when it packs, and package rules asks for the Faults before that.
package manifest
