package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// NewDrift returns the document of a nightly check.
func NewDrift(p reconcile.Plan, registry, source string, exitCode int, g Guide) Document {
	d := NewPlan(p, registry, source, exitCode, g)
	d.Kind = Drift
	return d
}

// inSync returns the last line of a check that found nothing that counts.
func (d Document) inSync() string {
	if n := len(d.Accepted); n > 0 {
		return fmt.Sprintf("No drift: everything is as it should be, but for what the state file accepts (%s).", count(n, "finding"))
	}
	return "No drift: everything is as it should be."
}

// warnings counts the findings that are no errors; a nightly check is about these, too. A tag without a release is not counted where the
// publishes of that version are counted.
func (d Document) warnings() int {
	n := len(d.Findings) - d.errors()
	for _, f := range d.Findings {
		if f.Type == reconcile.TagWithoutRelease && f.Severity != reconcile.Error && d.publishes(f) {
			n--
		}
	}
	return n
}

// publishes tells whether a change publishes the version that the finding is about.
func (d Document) publishes(f reconcile.Finding) bool {
	for _, p := range d.packages() {
		if p.Name == f.Package && p.Version == f.Version {
			return slices.ContainsFunc(p.Changes, func(c reconcile.Change) bool { return reconcile.KindOf(c.Action).Uploads })
		}
	}
	return false
}

// Cut returns Markdown of at most so many bytes: whole lines, and a note that something was left out. It closes a block of code or a fold
// that it cuts.
func Cut(markdown string, most int) string {
	const rest = "\n… cut here; `facets-reconcile drift` prints it all.\n"
	if len(markdown) <= most {
		return markdown
	}
	const fence = "```"
	kept := markdown[:max(0, most-len(rest)-len(fence)-1-len(detailsEnd))]
	kept = kept[:strings.LastIndex(kept, "\n")+1]
	inside, folded := false, false
	for line := range strings.Lines(kept) {
		if strings.HasPrefix(line, fence) {
			inside = !inside
		}
		folded = !inside && (line == detailsBegin || folded && line != detailsEnd)
	}
	if inside {
		kept += fence + "\n"
	}
	if folded {
		kept += detailsEnd
	}
	return kept + rest
}
