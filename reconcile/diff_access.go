package reconcile

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// access finds packages that others may read than the state file says. Nothing here changes that: what is to be restricted and
// is not keeps its release back, as nobody can take back what everybody has been shown.
func (d *releaseDiff) access(p Package) {
	is := d.is[p.Name].Access
	switch want := p.declared.Access; {
	case d.exposed(p):
		d.find(AccessDiffers, Error, p.Name,
			fmt.Sprintf("everybody may read %s, which the state file wants restricted", p.Name),
			fmt.Sprintf("npm access set status=private %s; or say access: public in the state file", p.Name))
	case is == spec.AccessRestricted && want == spec.AccessPublic:
		d.find(AccessDiffers, Warning, p.Name,
			fmt.Sprintf("%s is restricted: nobody installs it who is not let in, and the state file wants it public", p.Name),
			fmt.Sprintf("say access: restricted in the state file; or npm access set status=public %s", p.Name))
	}
}

// exposed tells whether everybody may read what is to be restricted.
func (d *releaseDiff) exposed(p Package) bool {
	return p.declared.Access == spec.AccessRestricted && d.is[p.Name].Access == spec.AccessPublic
}
