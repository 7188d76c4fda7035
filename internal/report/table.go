package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// table writes a page per group that says what is not as it should be, then findings, next steps and the count. Packages
// that need nothing are counted, not listed.
func (d Document) table(w io.Writer, c colours) error {
	var b strings.Builder
	for _, g := range d.Groups {
		d.group(&b, g, c)
	}
	d.findings(&b, c)
	d.nextSteps(&b)
	b.WriteString(d.footer() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (d Document) group(b *strings.Builder, g reconcile.Group, c colours) {
	title := c.bold(g.Name)
	if g.Tag != "" {
		title += "  " + g.Tag
	}
	shown := slices.DeleteFunc(slices.Clone(g.Packages), quiet)
	if rest := len(g.Packages) - len(shown); rest > 0 {
		title += fmt.Sprintf("  (%s as it should be)", count(rest, "package"))
	}
	fmt.Fprintln(b, title)
	if len(shown) > 0 {
		rows := [][]cell{header(g)}
		for _, p := range shown {
			rows = append(rows, d.row(g, p, c))
		}
		align(b, rows, c)
		notes(b, shown)
	}
	b.WriteString("\n")
}

// quiet tells whether nothing about the package is worth a line.
func quiet(p reconcile.Package) bool {
	for _, c := range p.Conditions {
		if c.Status == reconcile.False && c.Reason != reconcile.ReasonNextRelease ||
			c.Status == reconcile.Unknown && c.Type != reconcile.Trusted {
			return false
		}
	}
	return len(p.Changes) == 0
}

func header(g reconcile.Group) []cell {
	cells := []cell{{text: "PACKAGE"}, {text: "VERSION"}}
	for _, t := range present(g) {
		cells = append(cells, cell{text: strings.ToUpper(string(t))})
	}
	return append(cells, cell{text: "CHANGES"})
}

// present returns the conditions that any package of the group has, in the order of their columns.
func present(g reconcile.Group) []reconcile.ConditionType {
	columns := []reconcile.ConditionType{
		reconcile.Seeded, reconcile.Trusted, reconcile.Served, reconcile.Tagged, reconcile.Complete,
	}
	return slices.DeleteFunc(columns, func(t reconcile.ConditionType) bool {
		return !slices.ContainsFunc(g.Packages, func(p reconcile.Package) bool { _, ok := p.Condition(t); return ok })
	})
}

func (d Document) row(g reconcile.Group, p reconcile.Package, c colours) []cell {
	version := string(p.Version)
	if version == "" {
		version = "-"
	}
	cells := []cell{{text: string(p.Name)}, {text: version}}
	for _, t := range present(g) {
		cells = append(cells, condition(p, t, c))
	}
	var changes []string
	for _, change := range p.Changes {
		changes = append(changes, sign(change)+" "+string(change.Action)+outcome(change))
	}
	return append(cells, cell{text: strings.Join(changes, "  ")})
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

// sign is Terraform's: + makes, ~ changes; · waits.
func sign(c reconcile.Change) string {
	switch {
	case c.Outcome == reconcile.Done:
		return "✓"
	case c.Outcome == reconcile.Failed, c.Outcome == reconcile.Refused:
		return "✗"
	case c.Action == reconcile.Wait:
		return "·"
	case c.Action == reconcile.Tag, c.Reason == reconcile.ReasonClaimsDiffer:
		return "~"
	}
	return "+"
}

func outcome(c reconcile.Change) string {
	if c.Outcome == "" || c.Outcome == reconcile.Done {
		return ""
	}
	return " (" + string(c.Outcome) + ")"
}

// notes writes why changes that were tried did not work out, which claims differ, and what keeps changes back.
func notes(b *strings.Builder, packages []reconcile.Package) {
	var order []string
	held := map[string][]string{} // by what keeps them back
	for _, p := range packages {
		if c, ok := p.Condition(reconcile.Trusted); ok && telling(c) {
			fmt.Fprintf(b, "  %s: %s\n", p.Name, indented(clean(c.Message)))
		}
		for _, c := range p.Changes {
			switch {
			case c.Outcome != "" && c.Outcome != reconcile.Done && c.Outcome != reconcile.Held:
				fmt.Fprintf(b, "  %s: %s %s: %s\n", p.Name, c.Action, c.Outcome, indented(clean(c.Message)))
			case c.Outcome == "" && blockedByOthers(p, c):
				why := fmt.Sprintf("%s waits for %s", c.Action, clean(summary(c.BlockedBy)))
				if held[why] == nil {
					order = append(order, why)
				}
				held[why] = append(held[why], string(p.Name))
			}
		}
	}
	for _, why := range order {
		names := held[why]
		who := names[0]
		if len(names) > 1 {
			who = fmt.Sprintf("%d packages (%s)", len(names), reconcile.Enumerate(names))
		}
		fmt.Fprintf(b, "  %s: %s\n", who, why)
	}
}

// telling tells whether the message says more than the reason, which stands in the row.
func telling(c reconcile.Condition) bool {
	return slices.Contains([]string{
		reconcile.ReasonClaimsDiffer, reconcile.ReasonExchangeRefused, reconcile.ReasonOtherPipeline,
	}, c.Reason)
}

// blockedByOthers tells whether something else holds c back than the package's own earlier changes, which its row shows.
func blockedByOthers(p reconcile.Package, c reconcile.Change) bool {
	return slices.ContainsFunc(c.BlockedBy, func(s string) bool { return !strings.HasPrefix(s, string(p.Name)+": ") })
}

// summary counts blockers of one kind where there are many: "13 to be Seeded, 12 to be Served".
func summary(blockers []string) string {
	var order []string
	byCondition := map[string][]string{}
	for _, blocker := range blockers {
		condition := blocker
		if name, c, ok := strings.Cut(blocker, ": "); ok && !strings.Contains(name, " ") {
			condition, blocker = c, name
		}
		if byCondition[condition] == nil {
			order = append(order, condition)
		}
		byCondition[condition] = append(byCondition[condition], blocker)
	}
	var parts []string
	for _, condition := range order {
		names := byCondition[condition]
		switch {
		case names[0] == condition:
			parts = append(parts, condition)
		case len(names) == 1:
			parts = append(parts, fmt.Sprintf("%s to be %s", names[0], condition))
		default:
			parts = append(parts, fmt.Sprintf("%d packages to be %s", len(names), condition))
		}
	}
	return strings.Join(parts, ", ")
}

func indented(message string) string { return strings.ReplaceAll(message, "\n", "\n      ") }

func (d Document) footer() string {
	s := d.Summary
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(d.errors(), "in error")
	add(s.Seed, "to seed")
	add(s.Trust, "to trust")
	add(s.Publish, "to publish")
	add(s.Tag, "to tag")
	add(s.Wait, "waiting for the registry")
	line := fmt.Sprintf("%s: %s", d.Kind, strings.Join(parts, ", "))
	switch {
	case len(parts) > 0 && s.Human > 0:
		return fmt.Sprintf("%s; %d of these need a human.", line, s.Human)
	case len(parts) > 0:
		return line + "."
	}
	line = "Done: "
	if s.Converged {
		line = "Converged: "
	}
	if n := len(d.PublishedNow); n > 0 {
		line += count(n, "version") + " published, "
	}
	switch {
	case !s.Converged:
		return line + "nothing is left of what was asked for."
	case d.ready():
		return line + "everything is as it should be."
	}
	return line + "what was asked for is as it should be; other things are not."
}

func (d Document) errors() int {
	n := 0
	for _, f := range d.Findings {
		if f.Severity == reconcile.Error {
			n++
		}
	}
	return n
}

// ready tells whether all groups are Ready, those that were not asked for included.
func (d Document) ready() bool {
	return !slices.ContainsFunc(d.Groups, func(g reconcile.Group) bool {
		return slices.ContainsFunc(g.Conditions, func(c reconcile.Condition) bool { return c.Status != reconcile.True })
	})
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
