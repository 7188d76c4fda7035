// Package compare tells what a version of a package changes against another: files, modes, executables, fields of package.json, size.
//
// Between is the comparison of two versions that were read, and asks nobody. A Reader gets both tarballs of many packages from Sources,
// side by side, and compares them; what a Source is, the registry or what a build left, it does not know. The words for people are
// internal/report's, the command is cmd/facets-reconcile/diff.go. Start with between.go.
package compare
