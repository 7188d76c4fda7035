package report

import (
	"strings"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// NewDrift makes the document of a nightly check.
func NewDrift(p reconcile.Plan, registry, source string, exitCode int, g Guide) Document {
	d := NewPlan(p, registry, source, exitCode, g)
	d.Kind = Drift
	return d
}

// inSync is the footer of a check that found nothing.
const inSync = "No drift: everything is as it should be."

// warnings counts the findings that are no errors: a nightly check is about them, too.
func (d Document) warnings() int { return len(d.Findings) - d.errors() }

// Cut returns Markdown of at most so many bytes: whole lines, and a word on what was left out. A block of code that is cut
// is closed.
func Cut(markdown string, most int) string {
	const rest = "\n… cut here; `facets-reconcile drift` prints it all.\n"
	if len(markdown) <= most {
		return markdown
	}
	const fence = "```"
	kept := markdown[:max(0, most-len(rest)-len(fence)-1)]
	kept = kept[:strings.LastIndex(kept, "\n")+1]
	inside := false
	for line := range strings.Lines(kept) {
		if strings.HasPrefix(line, fence) {
			inside = !inside
		}
	}
	if inside {
		kept += fence + "\n"
	}
	return kept + rest
}
