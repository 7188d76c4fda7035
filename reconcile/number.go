package reconcile

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// freeNumber returns the version to release in the place of one that is lost. All packages of a release share one number, and npm takes no
// number twice, so it is higher than every number that any of them is known to have used: by the packument's times where they were read,
// by the dist-tags, and by what the caller knows to be taken. So is it where one git tag releases others, too.
func freeNumber(want Desired, is observed.Snapshot, release desired.Release, lost spec.Version, taken ...spec.Version) spec.Version {
	highest := lost
	packages := release.Packages
	for _, r := range want.Releases {
		if r.TagForm == release.TagForm && r.TagForm != "" {
			packages = slices.Concat(packages, r.Packages)
		}
	}
	for _, p := range packages {
		known := is[p.Name]
		for _, tagged := range known.DistTags {
			highest = newer(highest, tagged)
		}
		if known.Numbers != nil {
			highest = newer(highest, known.Numbers.Highest())
		}
	}
	for _, number := range taken {
		highest = newer(highest, number)
	}
	return lost.Above(highest)
}

func (d *releaseDiff) freeNumber(p *Package) spec.Version {
	return freeNumber(d.want, d.is, *d.release, p.Version)
}

// adviseNumber says what to do when an upload was told that its number is burnt.
func (r *run) adviseNumber(p Package, a Action) string {
	if KindOf(a).Uploads {
		return fmt.Sprintf("release %s", r.freeNumber(p))
	}
	return fmt.Sprintf("set spec.placeholder.version to one that %s never had", p.OnNpm())
}

func (r *run) freeNumber(p Package) spec.Version {
	return freeNumber(r.want, r.snapshot, *p.release, p.Version)
}
