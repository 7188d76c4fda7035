package desired

import (
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Release is an entry with its platforms at one version, or one library at its version.
type Release struct {
	Group   string
	Version spec.Version // "": no tag yet, only names and trusted publishers are desired
	DistTag spec.DistTag // should point at Version

	Tag    string // the git tag that asks for it, or should: see PinWithoutTag; "" where none is known
	Commit string // what Tag leads to; "" where it is not known

	// Selected is false for what a given tag does not name: it is observed, not acted on.
	Selected bool
	// PinWithoutTag says that Version is pinned and the repository, which was asked, has no such tag.
	PinWithoutTag bool

	// Pinned: Version is the one that the state file pins. Rollback: the dist-tag goes to it, also where it points higher.
	Pinned, Rollback bool
	// Given: somebody has asked for this release by its tag, or by a dist-tag (OtherDistTag).
	Given, OtherDistTag bool
	Withdrawn           []Withdrawal // are to be deprecated

	// Earlier are the tags of releases below Version, the highest first: as many as the selection asks for.
	Earlier []Earlier

	Packages []Package // the entry, then its platforms in the file's order; or one library

	TagForm      string // of the tags that ask for it: "agent-facets@{version}"
	PlatformForm string // of its platforms' names: "@agent-facets/cli-{target}"; "" for a library
}

// Earlier is a tag that asked for a release before the desired one.
type Earlier struct {
	Tag     string
	Version spec.Version
}

// Entry returns the package that is published last; ok is false for a library's release.
func (r Release) Entry() (entry Package, ok bool) {
	i := slices.IndexFunc(r.Packages, func(p Package) bool { return p.Role == RoleEntry })
	if i < 0 {
		return Package{}, false
	}
	return r.Packages[i], true
}

// Platforms returns the per-platform packages, in the file's order.
func (r Release) Platforms() []Package {
	var platforms []Package
	for _, p := range r.Packages {
		if p.Role == RolePlatform {
			platforms = append(platforms, p)
		}
	}
	return platforms
}

// PlatformName tells whether a package is, by its name, one of the release's platforms: of this state file, or of the past
// or the future.
func (r Release) PlatformName(name string) bool {
	f, ok := newForm(r.PlatformForm, holeTarget)
	if !ok {
		return false
	}
	_, fits := f.value(name)
	return fits
}
