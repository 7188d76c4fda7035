package report

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// alike is how many findings of a kind a table shows before it names only the packages of the rest: a registry that is down
// makes one for each package.
const alike = 3

// findings writes what is wrong, each with what to do about it.
func (d Document) findings(b *strings.Builder, c colours) {
	for _, kind := range kinds(d.Findings) {
		for _, f := range kind[:min(len(kind), alike)] {
			fmt.Fprintf(b, "%s %s: %s\n  → %s\n", c.severity(f.Severity), f.Type, indented(words.Plain(f.Message)), words.Plain(f.Next))
		}
		if len(kind) > alike {
			var names []string
			for _, f := range kind[alike:] {
				names = append(names, string(f.Package))
			}
			fmt.Fprintf(b, "%s %s: %d more of this kind: %s\n",
				c.severity(kind[0].Severity), kind[0].Type, len(names), reconcile.Enumerate(names))
		}
	}
	if len(d.Findings) > 0 {
		b.WriteString("\n")
	}
}

// kinds groups findings that tell a reader the same, in the order of their first. Those of artifacts are of one kind where the
// same is to be done about them.
func kinds(findings []reconcile.Finding) [][]reconcile.Finding {
	type key struct {
		of       reconcile.FindingType
		severity reconcile.Severity
		next     string
	}
	var grouped [][]reconcile.Finding
	places := map[key]int{}
	for _, f := range findings {
		k := key{of: f.Type, severity: f.Severity}
		if ofArtifact(f) {
			k.next = f.Next
		}
		at, known := places[k]
		if !known {
			at, places[k] = len(grouped), len(grouped)
			grouped = append(grouped, nil)
		}
		grouped[at] = append(grouped[at], f)
	}
	return grouped
}
