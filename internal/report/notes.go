package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// remarks are said once each, with the packages that they are about, in the order of their first mention.
type remarks struct {
	order    []string
	packages map[string][]string
}

func (r *remarks) add(remark string, about spec.Name) {
	if r.packages == nil {
		r.packages = map[string][]string{}
	}
	if r.packages[remark] == nil {
		r.order = append(r.order, remark)
	}
	r.packages[remark] = append(r.packages[remark], string(about))
}

// about names the packages of a remark.
func (r *remarks) about(remark string) string {
	names := r.packages[remark]
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%d packages (%s)", len(names), reconcile.Enumerate(names))
}

// notes writes why changes that were tried did not work out, which claims differ, and what keeps changes back.
func (d Document) notes(b *strings.Builder, packages []reconcile.Package) {
	var claims, held, failed remarks
	exact := map[string]string{} // what is said of a package that fails alone
	for _, p := range packages {
		switch c, _ := p.Condition(reconcile.Trusted); {
		case c.Reason == reconcile.ReasonClaimsDiffer:
			claims.add(strings.ReplaceAll(words.Plain(c.Message), "; ", "\n"), p.Name)
		case telling(c) && !repeats(p.Changes, c.Message):
			held.add(words.Plain(c.Message), p.Name)
		}
		for _, c := range p.Changes {
			switch {
			case c.Outcome == reconcile.Held:
				held.add(words.Plain(c.Message), p.Name)
			case c.Outcome != "" && c.Outcome != reconcile.Done:
				what := fmt.Sprintf("%s %s: ", c.Action, c.Outcome)
				remark := what + impersonal(words.Plain(c.Message), p)
				failed.add(remark, p.Name)
				exact[remark] = what + words.Plain(c.Message)
			case c.Outcome == "" && blockedByOthers(p, c) && !d.Interrupted: // then these blockers are those of before
				held.add(fmt.Sprintf("%s waits for %s", c.Action, words.Plain(summary(c.BlockedBy, d.Kind == Result))), p.Name)
			}
		}
	}
	for _, remark := range failed.order {
		if len(failed.packages[remark]) == 1 {
			fmt.Fprintf(b, "  %s: %s\n", failed.packages[remark][0], indented(exact[remark]))
			continue
		}
		fmt.Fprintf(b, "  %s: %s\n", failed.about(remark), indented(remark))
	}
	for _, fields := range claims.order { // each package by name: these values are compared with care
		fmt.Fprintf(b, "  %s:\n      %s\n", strings.Join(claims.packages[fields], ", "), indented(fields))
	}
	for _, remark := range held.order {
		fmt.Fprintf(b, "  %s: %s\n", held.about(remark), indented(remark))
	}
}

// repeats tells whether the note on a change that did not work out says it already.
func repeats(changes []reconcile.Change, message string) bool {
	return slices.ContainsFunc(changes, func(c reconcile.Change) bool {
		return c.Outcome != "" && c.Outcome != reconcile.Done && strings.Contains(c.Message, message)
	})
}

// impersonal puts "it" in the place of the package, so that what befell several in the same way is said once.
func impersonal(message string, p reconcile.Package) string {
	var pairs []string
	for _, name := range []string{fmt.Sprintf("%s@%s", p.Name, p.Version), string(p.Name)} {
		for _, end := range []string{":", ";", ",", " "} {
			pairs = append(pairs, " "+name+end, " it"+end)
		}
	}
	return strings.NewReplacer(pairs...).Replace(message)
}

// telling tells whether the message says more than the reason, which stands in the row.
func telling(c reconcile.Condition) bool {
	return slices.Contains([]string{
		reconcile.ReasonExchangeRefused, reconcile.ReasonOtherPipeline,
		reconcile.ReasonMayOnlyStage,
		reconcile.ReasonTokenRefused, reconcile.ReasonUnlisted, reconcile.ReasonReadFailed, reconcile.ReasonNoAccess,
	}, c.Reason)
}

// blockedByOthers tells whether something else holds c back than the package's own earlier changes, which its row shows.
func blockedByOthers(p reconcile.Package, c reconcile.Change) bool {
	return slices.ContainsFunc(c.BlockedBy, func(b reconcile.Blocker) bool {
		return !slices.ContainsFunc(p.Changes, func(earlier reconcile.Change) bool {
			shown := reconcile.KindOf(earlier.Action).Shown()
			return earlier.Action != c.Action && b == (reconcile.Blocker{Name: p.Name, Condition: shown})
		})
	})
}

// summary counts blockers of one kind where there are many: "13 to be Seeded, 12 to be Served". What a run has waited for
// in vain is also named.
func summary(blockers []reconcile.Blocker, afterRun bool) string {
	byCondition := map[reconcile.ConditionType][]string{}
	for _, b := range blockers {
		if b.Why == "" {
			byCondition[b.Condition] = append(byCondition[b.Condition], b.Subject())
		}
	}
	var parts []string
	for _, b := range blockers {
		names := byCondition[b.Condition]
		switch {
		case b.Why != "":
			parts = append(parts, b.Why)
		case b.Subject() != names[0]: // counted with the first
		case len(names) == 1:
			parts = append(parts, fmt.Sprintf("%s to be %s", names[0], b.Condition))
		case afterRun && b.Condition == reconcile.Served:
			parts = append(parts, fmt.Sprintf("%d packages to be %s (%s)", len(names), b.Condition, strings.Join(names, ", ")))
		default:
			parts = append(parts, fmt.Sprintf("%d packages to be %s", len(names), b.Condition))
		}
	}
	return strings.Join(parts, ", ")
}

func indented(message string) string { return strings.ReplaceAll(message, "\n", "\n      ") }
