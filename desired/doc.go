// Package desired says what should be: the packages that a project wants on npm, who may publish them, and at which
// version. It reads the state file (desired-state.yaml), refuses it with every problem at once when something in it is
// wrong, and takes each release's version from a git tag:
//
//	state, err := desired.Load(desired.DefaultFile)
//	packages := state.Packages()                          // every package, targets expanded
//	releases, err := state.Releases(ctx, selection, tags) // which version each of them should have
//
// It knows nothing of any registry, and neither observed nor reconcile. The repository's tags come through [TagLister], which
// internal/github and internal/checkout fulfil; all else is files. Everybody above reads its types; cmd/facets-reconcile calls Load and
// Releases. Start reading with state.go (the file), then release.go and releases.go (what is wanted, and at which version). Every
// validate*.go checks one part of the file, and every schema*.go describes it for editors; tests hold both to the types.
package desired
