package observed

import (
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// place is where npm has the versions of a package that is asked for by the name and the versions of its release.
type place struct {
	name    spec.Name
	home    spec.Home
	foreign func(spec.Version) bool // tells which versions there are other packages'; nil: none
}

// onNpm is the package of npm that is read.
func (p place) onNpm() spec.Name {
	if p.home.Own() {
		return p.name
	}
	return p.home.Name
}

// whole tells whether everything in that package is the asked one's.
func (p place) whole() bool { return p.home.Own() && p.foreign == nil }

// release is the release's version for one of npm's; ok is false where that is another package's.
func (p place) release(version spec.Version) (release spec.Version, ok bool) {
	if p.foreign != nil && p.foreign(version) {
		return "", false
	}
	return p.home.Release(version)
}

// distTags are those of the package, in the words of its release. One that others have moved to latest is kept: it installs there.
func (p place) distTags(all map[spec.DistTag]spec.Version) map[spec.DistTag]spec.Version {
	if all == nil || p.whole() {
		return all
	}
	own := map[spec.DistTag]spec.Version{}
	for tag, version := range all {
		release, ok := p.release(version)
		if p.home.Own() && tag == spec.Latest {
			release, ok = version, true
		}
		if name, named := p.home.ReleaseTag(tag); ok && named {
			own[name] = release
		}
	}
	return own
}

// versions are those of the package, by the versions of their releases, lowest first.
func (p place) versions(all []spec.Version) []spec.Version {
	if p.whole() {
		return all
	}
	var own []spec.Version
	for _, version := range all {
		if release, ok := p.release(version); ok {
			own = append(own, release)
		}
	}
	slices.SortFunc(own, spec.Version.Compare)
	return own
}

func (p place) numbers(all spec.Numbers) spec.Numbers {
	return spec.Numbers{Served: p.versions(all.Served), Removed: p.versions(all.Removed)}
}

func (q Query) place() place { return place{q.Name, q.Home, q.Foreign} }

func (q AuditQuery) place() place { return place{q.Name, q.Home, q.Foreign} }
