package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// remark is a text that is written once for all packages that it is about.
type remark struct {
	text  string
	about spec.Name
	exact string // the text where it is about this package alone
}

func (r remark) said() string    { return r.text }
func (r remark) name() spec.Name { return r.about }

// notes writes why changes that were tried did not succeed, which claims differ, and what keeps changes back.
func (d Document) notes(b *strings.Builder, packages []reconcile.Package) {
	var claims, held, failed []remark
	hold := func(text string, p reconcile.Package) {
		held = append(held, remark{text: words.Plain(text), about: p.Name})
	}
	for _, p := range packages {
		switch c, _ := p.Condition(reconcile.Trusted); {
		case c.Reason == reconcile.ReasonClaimsDiffer:
			claims = append(claims, remark{text: strings.ReplaceAll(words.Plain(c.Message), "; ", "\n"), about: p.Name})
		case telling(c) && !repeats(p.Changes, c.Message):
			hold(c.Message, p)
		}
		for _, c := range p.Changes {
			switch {
			case c.Outcome == reconcile.Held:
				hold(c.Message, p)
			case c.Outcome != "" && c.Outcome != reconcile.Done:
				what, message := fmt.Sprintf("%s %s: ", c.Action, c.Outcome), words.Plain(c.Message)
				failed = append(failed, remark{text: what + impersonal(message, p), about: p.Name, exact: what + message})
			case c.Action == reconcile.Settings && c.Reason == reconcile.ReasonTokens && !c.Blocked():
				hold("npm shows nobody whether tokens may publish it, so that is set whatever it was", p)
			case c.Outcome == "" && blockedByOthers(p, c) && !d.Interrupted: // an interrupted run has not read them anew
				hold(fmt.Sprintf("%s waits for %s", c.Action, summary(c.BlockedBy, d.Kind == Result)), p)
			}
		}
	}
	for _, same := range grouped(failed, remark.said) {
		text := same[0].text
		if len(same) == 1 {
			text = same[0].exact
		}
		fmt.Fprintf(b, "  %s: %s\n", who(same, remark.name), indented(text))
	}
	for _, same := range grouped(claims, remark.said) { // each package by name: these values are compared with care
		fmt.Fprintf(b, "  %s:\n      %s\n", strings.Join(names(same, remark.name), ", "), indented(same[0].text))
	}
	for _, same := range grouped(held, remark.said) {
		fmt.Fprintf(b, "  %s: %s\n", who(same, remark.name), indented(same[0].text))
	}
}

// repeats tells whether the note on a failed change says it already.
func repeats(changes []reconcile.Change, message string) bool {
	return slices.ContainsFunc(changes, func(c reconcile.Change) bool {
		return c.Outcome != "" && c.Outcome != reconcile.Done && strings.Contains(c.Message, message)
	})
}

// impersonal replaces the package's name by "it", so that the same failure of several packages is written once.
func impersonal(message string, p reconcile.Package) string {
	var pairs []string
	for _, name := range []string{p.ID(), string(p.OnNpm()), string(p.Name)} {
		for _, end := range []string{":", ";", ",", " "} {
			pairs = append(pairs, " "+name+end, " it"+end)
		}
	}
	return strings.NewReplacer(pairs...).Replace(message)
}

// telling tells whether the message says more than the reason, which the row shows already.
func telling(c reconcile.Condition) bool {
	return slices.Contains([]string{
		reconcile.ReasonExchangeRefused, reconcile.ReasonOtherPipeline,
		reconcile.ReasonMayOnlyStage, reconcile.ReasonMoving,
		reconcile.ReasonTokenRefused, reconcile.ReasonUnlisted, reconcile.ReasonReadFailed, reconcile.ReasonNoAccess,
	}, c.Reason)
}

// blockedByOthers tells whether something other than the package's own earlier changes blocks c. Its row shows those.
func blockedByOthers(p reconcile.Package, c reconcile.Change) bool {
	return slices.ContainsFunc(c.BlockedBy, func(b reconcile.Blocker) bool {
		return !slices.ContainsFunc(p.Changes, func(earlier reconcile.Change) bool {
			shown := reconcile.KindOf(earlier.Action).Shown()
			return earlier.Action != c.Action && b == (reconcile.Blocker{Name: p.Name, Condition: shown})
		})
	})
}

// summary counts the blockers of a kind: "13 to be Seeded, 12 to be Served". It also names those for which a run has waited in vain.
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
