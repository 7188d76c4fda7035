package desired

import (
	"cmp"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// accessOf returns the access of a package: its own, else the file's, else public.
func accessOf(own, usual spec.Access) spec.Access { return cmp.Or(own, usual, spec.AccessPublic) }

// validateAccess checks every access value, and that each package can have the access that results for it.
func (s *State) validateAccess(at *field.Path) problemList {
	usual := at.Child("access")
	problems := knownAccess(usual, s.Spec.Access)
	for i, g := range s.Spec.Groups {
		group := at.Child("groups").Index(i)
		check := func(path *field.Path, own spec.Access, scoped bool) {
			path = path.Child("access")
			problems = append(problems, knownAccess(path, own)...)
			if accessOf(own, s.Spec.Access) == spec.AccessRestricted && !scoped {
				problems = append(problems, field.Invalid(path, string(spec.AccessRestricted),
					"only a name with a scope can be restricted: say access: public here, or give it a name such as @scope/name"))
			}
		}
		if g.Entry != nil {
			check(group.Child("entry"), g.Entry.Access, hasScope(g.Entry.Package))
		}
		g.Platforms.each(group, func(at *field.Path, p Platforms) {
			if p.Group != "" {
				return
			}
			check(at, p.Access, hasScope(spec.Name(p.Package)))
			if g.Entry != nil && accessOf(g.Entry.Access, s.Spec.Access) == spec.AccessPublic &&
				accessOf(p.Access, s.Spec.Access) == spec.AccessRestricted {
				problems = append(problems, field.Invalid(at.Child("access"), string(spec.AccessRestricted),
					"the entry is public: whoever installs it would get no platform, and no word of it"))
			}
		})
		for j, library := range g.Packages {
			check(group.Child("packages").Index(j), library.Access, hasScope(library.Package))
		}
	}
	return problems
}

// hasScope also takes an empty name: that it is missing is another problem, which is reported elsewhere.
func hasScope(name spec.Name) bool { return name == "" || name[0] == '@' }

func knownAccess(at *field.Path, access spec.Access) problemList {
	if access == "" || access.Known() {
		return nil
	}
	return problemList{field.NotSupported(at, access, []spec.Access{spec.AccessPublic, spec.AccessRestricted})}
}
