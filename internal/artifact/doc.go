// Package artifact turns what a build left behind, a directory or a .tgz, into what a registry takes.
//
// The way of an artifact: Locate finds it, Open reads its package.json and file list, rules.Check compares it with what the
// state file wants of it, Pack makes a Tarball whose hashes and manifest go to the registry. internal/actor calls them in this
// order; start reading with artifact.go and pack.go.
//
// The package knows no registry and no state file. It imports all rooms below it except rules, which imports it. A directory is packed
// by npm's own file rules and reproducibly; a .tgz is sent byte for byte as it is. Nothing of the package is ever run. No file is held in
// memory, apart from package.json and the readme.
//
// A directory that only a package manager could pack (lifecycle scripts, workspace: dependencies, bundled dependencies, a
// publishConfig that rewrites the manifest) is refused with "pack it, name the .tgz".
package artifact
