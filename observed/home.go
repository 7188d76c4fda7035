package observed

import (
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// place is where npm has the versions of a package that is known here by its own name and the versions of its releases.
type place struct {
	name    spec.Name
	home    spec.Home
	foreign func(spec.Version) bool // tells which versions there are other packages'; nil: none
}

// onNpm returns the package of npm that is read.
func (p place) onNpm() spec.Name {
	if p.home.Own() {
		return p.name
	}
	return p.home.Name
}

// whole tells whether everything in that package of npm belongs to this one.
func (p place) whole() bool { return p.home.Own() && p.foreign == nil }

// release returns the release that one of npm's versions belongs to; ok is false where it belongs to another package.
func (p place) release(version spec.Version) (release spec.Version, ok bool) {
	if p.foreign != nil && p.foreign(version) {
		return "", false
	}
	return p.home.Release(version)
}

// distTags returns the package's dist-tags, named and versioned as in its releases. latest of its own package is kept even where it
// points at a version of another package, because npm installs that.
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

// versions returns those of the package, lowest first, by the versions of its releases.
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
