// Package compare tells what a version of a package changes against another: files, modes, executables, fields of package.json, size.
//
// Between compares two versions that were read already, and asks nobody. A Reader gets the tarballs of many packages from its Sources,
// several at once, and compares them. It does not know whether a Source is the registry or a build. internal/report has the words for
// people, cmd/facets-reconcile/diff.go the command. Start with between.go.
package compare
