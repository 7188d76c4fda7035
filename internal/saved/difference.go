package saved

import (
	"fmt"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Difference is one thing that has changed since the plan was made.
type Difference struct {
	Package spec.Name // empty: it is of no package
	What    string    // "version 1.1.0"
	Was, Is string
}

// String writes the difference in one line.
func (d Difference) String() string {
	line := fmt.Sprintf("%s: was %s, is %s", d.What, d.Was, d.Is)
	if d.Package != "" {
		line = d.Package.String() + ": " + line
	}
	return strings.Join(strings.Fields(line), " ") // a registry's answer may have several lines
}

// StaleError says that a plan must not be applied any more, and why.
type StaleError struct {
	Path        string
	Made        time.Time
	Differences []Difference
	Again       string // the command that plans anew
}

func (e *StaleError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is stale, and nothing was done: since %s this has changed\n", e.Path, e.Made.Format(time.RFC3339))
	for _, d := range e.Differences {
		fmt.Fprintf(&b, "  %s\n", d)
	}
	fmt.Fprintf(&b, "plan again, and have that approved: %s", e.Again)
	return b.String()
}
