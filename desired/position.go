package desired

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Position is where something stands in a state file, counted from 1. Zero is unknown.
type Position struct{ Line, Column int }

// Where returns where the state file declares the package. With a field "of" what declares it, such as "version", it is where that stands,
// if it does. Of a package that is not declared it is where the groups begin.
func (s *State) Where(name spec.Name, of string) Position {
	for i, g := range s.Spec.Groups {
		path := field.NewPath("spec", "groups").Index(i)
		group := path.String()
		var at string   // the package itself
		holder := group // what has its fields
		library := slices.IndexFunc(g.Packages, func(l Library) bool { return l.Package == name })
		target := ""
		g.Platforms.each(path, func(block *field.Path, p Platforms) {
			if at := slices.IndexFunc(p.Targets, func(t Target) bool { return p.name(t) == name }); at >= 0 {
				target = block.Child("targets").Index(at).String()
			}
		})
		switch {
		case g.Entry != nil && g.Entry.Package == name:
			at = group + ".entry.package"
		case target != "":
			at = target
		case library >= 0:
			at = fmt.Sprintf("%s.packages[%d]", group, library)
			holder = at
		default:
			continue
		}
		if there, ok := s.places[holder+"."+of]; ok {
			return there
		}
		return s.places.position(at)
	}
	return s.places.position("spec.groups")
}
