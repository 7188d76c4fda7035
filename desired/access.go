package desired

import (
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateAccess checks every access value and all settings, and that each package can have the access that results for it.
func (s *State) validateAccess(at *field.Path) problemList {
	trusted, restricted := len(s.trusts()) > 0, s.restricted()
	problems := knownAccess(at.Child("access"), s.Spec.Access)
	problems = append(problems, s.Spec.Settings.validate(at.Child("settings"), s.Spec.Access, trusted)...)
	check := func(path *field.Path, of own, scoped bool, g Group) spec.Access {
		problems = append(problems, knownAccess(path.Child("access"), of.access)...)
		problems = append(problems, of.settings.validate(path.Child("settings"), of.access, trusted)...)
		access := s.Spec.settle(Package{}, of).Access
		if access == spec.AccessRestricted && !scoped {
			problems = append(problems, field.Invalid(path.Child("access"), string(spec.AccessRestricted),
				"only a name with a scope can be restricted: say access: public here, or give it a name such as @scope/name"))
		}
		if access == spec.AccessRestricted && s.Spec.provenance(g) == ProvenanceRequired {
			problems = append(problems, field.Invalid(path.Child("access"), string(spec.AccessRestricted),
				"npm takes provenance of public packages alone, and it is required here: say access: public, or provenance: auto for the group"))
		}
		return access
	}
	for i, g := range s.Spec.Groups {
		group := at.Child("groups").Index(i)
		var entry spec.Access
		if g.Entry != nil {
			entry = check(group.Child("entry"), own{g.Entry.Access, g.Entry.Settings}, hasScope(g.Entry.Package), g)
		}
		g.Platforms.each(group, func(at *field.Path, p Platforms) {
			if p.Group != "" {
				if entry == spec.AccessPublic && restricted[p.Group] {
					problems = append(problems, field.Invalid(at.Child("group"), p.Group,
						"has restricted platforms, and the entry is public: "+withoutPlatform))
				}
				return
			}
			if p.sharesEntry(g) {
				problems = append(problems, p.validateShared(at, entry)...)
				return
			}
			if access := check(at, p.own(g), hasScope(spec.Name(p.Package)), g); entry == spec.AccessPublic && access == spec.AccessRestricted {
				problems = append(problems, field.Invalid(at.Child("access"), string(spec.AccessRestricted),
					"the entry is public: "+withoutPlatform))
			}
		})
		for j, library := range g.Packages {
			check(group.Child("packages").Index(j), own{library.Access, library.Settings}, hasScope(library.Package), g)
		}
	}
	return problems
}

const withoutPlatform = "whoever installs it would get no platform, and no word of it"

// restricted are the groups that have restricted platforms of their own.
func (s *State) restricted() map[string]bool {
	groups := map[string]bool{}
	for _, g := range s.Spec.Groups {
		groups[g.Name] = groups[g.Name] || slices.ContainsFunc(g.expand(s.Spec), func(p Package) bool { // Packages asks for a valid state
			return p.Role == RolePlatform && p.Access == spec.AccessRestricted
		})
	}
	return groups
}

// hasScope also takes an empty name: that it is missing is another problem, which is reported elsewhere.
func hasScope(name spec.Name) bool { return name == "" || name[0] == '@' }

func knownAccess(at *field.Path, access spec.Access) problemList {
	if access == "" || access.Known() {
		return nil
	}
	return problemList{field.NotSupported(at, access, []spec.Access{spec.AccessPublic, spec.AccessRestricted})}
}
