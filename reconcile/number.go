package reconcile

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// free returns the version to release in the place of one that is lost. All packages of a release have one number, so it is
// above all that any of them has used, as far as that is known: by its packument's times where they were read, else by its
// dist-tags, and by what else is known to be taken.
func free(is observed.Snapshot, release desired.Release, lost spec.Version, taken ...spec.Version) spec.Version {
	highest := lost
	for _, p := range release.Packages {
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

func (d *releaseDiff) free(p *Package) spec.Version { return free(d.is, *d.release, p.Version) }

// instead says what to do about a number that an upload has found to be burnt.
func (r *run) instead(p Package, a Action) string {
	if a == Publish {
		return fmt.Sprintf("release %s", r.free(p))
	}
	return fmt.Sprintf("set spec.placeholder.version to one that %s never had", p.Name)
}

func (r *run) free(p Package) spec.Version { return free(r.snapshot, *p.release, p.Version) }
