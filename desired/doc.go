// Package desired says what should be: the packages that a project wants on npm, who may publish them, and at which
// version. It reads the state file (desired-state.yaml), refuses it with every problem at once when something in it is
// wrong, and takes each release's version from a git tag:
//
//	state, err := desired.Load(desired.DefaultFile)
//	packages := state.Packages()                          // every package, targets expanded
//	releases, err := state.Releases(ctx, selection, tags) // which version each of them should have
//
// It knows nothing of any registry. The repository's tags come through [TagLister]; all else is files.
package desired
