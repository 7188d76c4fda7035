package report

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// alike is how many findings of a kind a table shows before it names only the packages of the rest: a registry that is down
// makes one for each package.
const alike = 3

// findings writes what is wrong, each with what to do about it.
func (d Document) findings(b *strings.Builder, c colours) {
	for rest := d.Findings; len(rest) > 0; {
		kind := rest[0]
		n := 0
		var names []string
		for n < len(rest) && rest[n].Type == kind.Type && rest[n].Severity == kind.Severity {
			if n >= alike {
				names = append(names, string(rest[n].Package))
			}
			n++
		}
		for _, f := range rest[:min(n, alike)] {
			fmt.Fprintf(b, "%s %s: %s\n  → %s\n", c.severity(f.Severity), f.Type, indented(clean(f.Message)), clean(f.Next))
		}
		if len(names) > 0 {
			fmt.Fprintf(b, "%s %s: %d more of this kind: %s\n", c.severity(kind.Severity), kind.Type, len(names), reconcile.Enumerate(names))
		}
		rest = rest[n:]
	}
	if len(d.Findings) > 0 {
		b.WriteString("\n")
	}
}
