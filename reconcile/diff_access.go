package reconcile

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// access finds packages whose access differs from the state file. An existing package's access is changed only where the state file has
// it among the settings; then settings plans that. A package that should be restricted and is public keeps its release back, because what
// everybody could read cannot be made secret again.
func (d *releaseDiff) access(p Package) {
	if p.declared.SetAccess {
		return
	}
	is := d.is[p.Name].Access
	switch want := p.declared.Access; {
	case d.exposed(p):
		d.addHomeFinding(p, AccessDiffers, Error, fmt.Sprintf("everybody may read %s, which the state file wants restricted", p.OnNpm()),
			fmt.Sprintf("npm access set status=private %s; or say access: public in the state file", p.OnNpm()))
	case is == spec.AccessRestricted && want == spec.AccessPublic:
		d.addHomeFinding(p, AccessDiffers, Warning,
			fmt.Sprintf("%s is restricted: nobody installs it who is not let in, and the state file wants it public", p.OnNpm()),
			fmt.Sprintf("say access: restricted in the state file; or npm access set status=public %s", p.OnNpm()))
	}
}

// howToSet is the command that makes a package as restricted as the state file wants it.
func howToSet(p desired.Package, status string) string {
	if p.SetAccess {
		return "facets-reconcile apply --only settings"
	}
	return fmt.Sprintf("npm access set status=%s %s", status, p.OnNpm())
}

// hidden returns the platforms that are restricted while their entry is not, one of each package of npm: npm installs the entry without
// them, and says nothing.
func (d *releaseDiff) hidden() (hidden []desired.Package) {
	entry, ok := d.release.Entry()
	if !ok || entry.Access != spec.AccessPublic || d.is[entry.Name].Access == spec.AccessRestricted {
		return nil
	}
	platforms := d.release.Platforms()
	for _, p := range d.release.Apart {
		platforms = append(platforms, p.Package)
	}
	for _, p := range platforms {
		known := slices.ContainsFunc(hidden, func(other desired.Package) bool { return other.OnNpm() == p.OnNpm() })
		if !known && p.Access == spec.AccessPublic && d.is[p.Name].Access == spec.AccessRestricted {
			hidden = append(hidden, p)
		}
	}
	return hidden
}

// exposed tells whether everybody may read a package that should be restricted.
func (d *releaseDiff) exposed(p Package) bool {
	return p.declared.Access == spec.AccessRestricted && d.is[p.Name].Access == spec.AccessPublic
}
