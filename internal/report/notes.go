package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

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
			case c.Outcome == reconcile.Held:
				order, held = note(order, held, clean(c.Message), p.Name)
			case c.Outcome != "" && c.Outcome != reconcile.Done:
				fmt.Fprintf(b, "  %s: %s %s: %s\n", p.Name, c.Action, c.Outcome, indented(clean(c.Message)))
			case c.Outcome == "" && blockedByOthers(p, c):
				why := fmt.Sprintf("%s waits for %s", c.Action, clean(summary(c.BlockedBy)))
				order, held = note(order, held, why, p.Name)
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

// note keeps that why is so of a package as well.
func note(order []string, packages map[string][]string, why string, name spec.Name) ([]string, map[string][]string) {
	if packages[why] == nil {
		order = append(order, why)
	}
	packages[why] = append(packages[why], string(name))
	return order, packages
}

// telling tells whether the message says more than the reason, which stands in the row.
func telling(c reconcile.Condition) bool {
	return slices.Contains([]string{
		reconcile.ReasonClaimsDiffer, reconcile.ReasonExchangeRefused, reconcile.ReasonOtherPipeline,
		reconcile.ReasonTokenRefused, reconcile.ReasonUnlisted, reconcile.ReasonReadFailed,
	}, c.Reason)
}

// blockedByOthers tells whether something else holds c back than the package's own earlier changes, which its row shows.
func blockedByOthers(p reconcile.Package, c reconcile.Change) bool {
	own := []string{}
	for _, earlier := range p.Changes {
		switch earlier.Action {
		case reconcile.Seed:
			own = append(own, reconcile.Blocker{Name: p.Name, Condition: reconcile.Seeded}.String())
		case reconcile.Trust:
			own = append(own, reconcile.Blocker{Name: p.Name, Condition: reconcile.Trusted}.String())
		}
	}
	return slices.ContainsFunc(c.BlockedBy, func(s string) bool { return !slices.Contains(own, s) })
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
