package initial

import (
	"maps"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// listing are the dependencies of an entry, sorted by what they may be.
type listing struct {
	members            []member    // platforms, perhaps
	aliases, addressed []spec.Name // by an alias of another package, and from a repository or a URL
	odd                []spec.Name // as npm takes no such names any more
}

// listingOf sorts the optional dependencies of an entry, and those of the hard ones whose names tell a machine or that have its version.
func listingOf(entry spec.Manifest) (l listing) {
	for _, text := range slices.Sorted(maps.Keys(entry.Listed())) {
		name := spec.Name(text)
		wanted, optional := entry.OptionalDependencies[text]
		if !optional {
			wanted = entry.Dependencies[text]
		}
		if home, own := spec.Aliased(name, wanted); home == name {
			wanted = own
		}
		m := member{name: name, wanted: wanted, hard: !optional}
		m.prefix, m.target, m.told = targetIn(entry.Name, name)
		switch {
		case name == entry.Name, entry.Brings(text), m.hard && !m.names() && !m.atVersionOf(entry):
		case !isName(text):
			l.odd = append(l.odd, name)
		case strings.HasPrefix(wanted, "npm:"):
			if optional {
				l.aliases = append(l.aliases, name)
			}
		case spec.Address(wanted):
			if m.tells() {
				l.addressed = append(l.addressed, name)
			}
		default:
			l.members = append(l.members, m)
		}
	}
	return l
}

func isName(text string) bool {
	_, err := spec.ParseName(text)
	return err == nil
}

// targetIn is desired.TargetIn, but for the entry's own name, if a name begins with that: a tool may be called linux-tool.
func targetIn(entry, name spec.Name) (prefix, target string, ok bool) {
	if rest, begins := strings.CutPrefix(name.Base(), entry.Base()); begins && len(rest) > 1 && strings.ContainsAny(rest[:1], "-_.") {
		if prefix, target, ok = desired.TargetIn(spec.Name(rest[1:])); ok {
			return strings.TrimSuffix(name.String(), rest[1:]) + prefix, target, true
		}
	}
	return desired.TargetIn(name)
}
