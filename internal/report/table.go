package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// table writes the groups with what is not as it should be, then findings, next steps and the count. Packages that need nothing are
// counted, not listed.
func (d Document) table(b *strings.Builder, c colours) {
	for _, g := range d.Groups {
		d.group(b, g, c)
	}
	d.stagedVersions(b, c)
	d.findings(b, c)
	d.nextSteps(b)
	d.acceptedFindings(b)
	d.windows(b)
	b.WriteString(d.footer() + "\n")
}

func (d Document) group(b *strings.Builder, g reconcile.Group, c colours) {
	title := c.bold(g.Name)
	if g.Tag != "" {
		title += "  " + g.Tag
	}
	shown := slices.DeleteFunc(slices.Clone(g.Packages), func(p reconcile.Package) bool { return !p.InScope() })
	if rest := len(g.Packages) - len(shown); rest > 0 {
		title += fmt.Sprintf("  (%s not asked for)", count(rest, "package"))
	}
	asked := len(shown)
	if !d.Guide.Seeding { // who seeds wants to see all names, those too that exist
		shown = slices.DeleteFunc(shown, quiet)
	}
	if rest := asked - len(shown); rest > 0 {
		title += fmt.Sprintf("  (%s as it should be)", count(rest, "package"))
	}
	fmt.Fprintln(b, title)
	if len(shown) > 0 {
		columns := present(g)
		var rows [][]cell
		for _, p := range shown {
			rows = append(rows, d.row(columns, p, c))
		}
		rows, rest := fold(rows)
		align(b, append([][]cell{header(columns)}, rows...), c)
		b.WriteString(rest)
		d.notes(b, shown)
	}
	b.WriteString("\n")
}

// quiet tells whether nothing about the package needs a line.
func quiet(p reconcile.Package) bool {
	for _, c := range p.Conditions {
		switch {
		case c.Status == reconcile.False && c.Reason != reconcile.ReasonNextRelease,
			c.Status == reconcile.Unknown && !c.Untold(),
			c.Reason == reconcile.ReasonOtherPipeline, c.Reason == reconcile.ReasonTokenRefused:
			return false
		}
	}
	return len(p.Changes) == 0
}

func header(columns []reconcile.ConditionType) []cell {
	texts := []string{"PACKAGE", "VERSION"}
	for _, t := range columns {
		texts = append(texts, strings.ToUpper(string(t)))
	}
	return cells(append(texts, "CHANGES")...)
}

// present returns the conditions that any package of the group has, in the order of their columns.
func present(g reconcile.Group) []reconcile.ConditionType {
	columns := []reconcile.ConditionType{
		reconcile.Seeded, reconcile.Trusted, reconcile.Staged, reconcile.Served, reconcile.Tagged, reconcile.Complete, reconcile.Provenance,
		reconcile.Retired, reconcile.Locked,
	}
	return slices.DeleteFunc(columns, func(t reconcile.ConditionType) bool {
		return !slices.ContainsFunc(g.Packages, func(p reconcile.Package) bool { _, ok := p.Condition(t); return ok })
	})
}

func (d Document) row(columns []reconcile.ConditionType, p reconcile.Package, c colours) []cell {
	row := cells(string(p.Name), cmp.Or(string(p.Version), "-"))
	for _, t := range columns {
		row = append(row, condition(p, t, c))
	}
	var changes []string
	for _, change := range p.Changes {
		changes = append(changes, sign(change)+" "+string(change.Action)+way(change)+outcome(change))
	}
	return append(row, cell{text: strings.Join(changes, "  ")})
}

func condition(p reconcile.Package, t reconcile.ConditionType, c colours) cell {
	condition, ok := p.Condition(t)
	switch {
	case !ok:
		return cell{text: ""}
	case condition.Status == reconcile.True && condition.Reason == reconcile.ReasonSuperseded:
		return cell{text: "superseded", paint: c.green}
	case condition.Status == reconcile.True:
		return cell{text: "yes", paint: c.green}
	case condition.Status == reconcile.Unknown:
		return cell{text: "? " + condition.Reason, paint: c.yellow}
	}
	return cell{text: condition.Reason, paint: c.red}
}

// sign is like Terraform's: + makes, ~ changes; · waits.
func sign(c reconcile.Change) string {
	switch {
	case c.Outcome == reconcile.Done:
		return "✓"
	case c.Outcome == reconcile.Failed, c.Outcome == reconcile.Refused:
		return "✗"
	case c.Reason == reconcile.ReasonClaimsDiffer:
		return "~"
	}
	return reconcile.KindOf(c.Action).Sign
}

// way returns the message of a rollback, which says where the dist-tag goes, or of a setting; "" where that was tried in vain.
func way(c reconcile.Change) string {
	if (c.Reason == reconcile.ReasonRollback || c.Action == reconcile.Settings) && (c.Outcome == "" || c.Outcome == reconcile.Done) {
		return " " + c.Message
	}
	return ""
}

func outcome(c reconcile.Change) string {
	if c.Outcome == "" || c.Outcome == reconcile.Done {
		return ""
	}
	return " (" + string(c.Outcome) + ")"
}
