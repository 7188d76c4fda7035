package desired

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Position is where something stands in a state file, counted from 1. Zero is unknown.
type Position struct{ Line, Column int }

// Where returns where the state file declares the package. With a field of what declares it, such as "version", it is where that stands,
// if it does. Of a package that is not declared it is where the groups begin.
func (s *State) Where(name spec.Name, field string) Position {
	for i, g := range s.Spec.Groups {
		group := fmt.Sprintf("spec.groups[%d]", i)
		var at string   // the package itself
		holder := group // what has its fields
		library := slices.IndexFunc(g.Packages, func(l Library) bool { return l.Package == name })
		target := -1
		if g.Platforms != nil {
			target = slices.IndexFunc(g.Platforms.Targets, func(t Target) bool { return g.Platforms.name(t) == name })
		}
		switch {
		case g.Entry != nil && g.Entry.Package == name:
			at = group + ".entry.package"
		case target >= 0:
			at = fmt.Sprintf("%s.platforms.targets[%d]", group, target)
		case library >= 0:
			at = fmt.Sprintf("%s.packages[%d]", group, library)
			holder = at
		default:
			continue
		}
		if there, ok := s.places[holder+"."+field]; ok {
			return there
		}
		return s.places.position(at)
	}
	return s.places.position("spec.groups")
}
