package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// conditionCase is the test that the condition holds for a package.
func (d Document) conditionCase(p reconcile.Package, c reconcile.Condition) junitCase {
	result := junitCase{Class: string(p.Name), Name: string(c.Type), Time: "0"}
	says := c.Reason + ": " + c.Message
	lines := []string{says}
	for _, change := range mending(p, c.Type) {
		if failed(change) || change.Outcome == reconcile.Held {
			lines = append(lines, fmt.Sprintf("%s %s: %s", change.Action, change.Outcome, change.Message))
		}
	}
	first := lines[len(lines)-1] // what went wrong is more telling than what is
	wrong := slices.ContainsFunc(p.Changes, func(change reconcile.Change) bool {
		return failed(change) && reconcile.KindOf(change.Action).Shown() == c.Type
	})
	switch {
	case c.Status == reconcile.True && !wrong: // it passes
	case !p.InScope():
		result.Skipped = newTrouble("", "not asked for: "+says)
	case c.Reason == reconcile.ReasonNextRelease, unproved(c) && !wrong, p.Stands(c.Type):
		result.Skipped = newTrouble("", says)
	case d.Kind == Result && awaitsApproval(p, c.Type):
		result.Skipped = newTrouble("", first, append(lines, d.next(p, c)...)...)
	case c.Status == reconcile.Unknown && !wrong:
		result.Error = newTrouble(c.Reason, first, append(lines, d.next(p, c)...)...)
	default:
		result.Failure = newTrouble(c.Reason, first, append(lines, d.next(p, c)...)...)
	}
	return result
}

// awaitsApproval tells whether the condition lacks only a human's approval: a run that stages cannot do more.
func awaitsApproval(p reconcile.Package, t reconcile.ConditionType) bool {
	left := slices.DeleteFunc(mending(p, t), func(c reconcile.Change) bool { return c.Outcome == reconcile.Done })
	return len(left) == 1 && left[0].Action == reconcile.Approve && left[0].Outcome == "" && !keptBack(left[0])
}

// unproved tells whether it is only unknown who is trusted, or what is set, which is no drift. A failure to read is one.
func unproved(c reconcile.Condition) bool {
	return c.Untold() && c.Reason != reconcile.ReasonReadFailed
}

// findingCase is the test that there is no such finding. A warning is shown, and fails only in a nightly check.
func (d Document) findingCase(f reconcile.Finding) junitCase {
	result := junitCase{Class: cmp.Or(string(f.Package), "findings"), Name: string(f.Type), Time: "0"}
	if f.Version != "" {
		result.Name += " " + string(f.Version)
	}
	trouble := newTrouble(string(f.Type), f.Message, f.Message, "Next: "+f.Next)
	switch {
	case f.Severity != reconcile.Error && d.Kind != Drift:
		trouble.Type = ""
		result.Skipped = trouble
	case f.Type == reconcile.Unreadable:
		result.Error = trouble
	default:
		result.Failure = trouble
	}
	return result
}

// mending returns the changes of p that bring the condition about, and those that come before them.
func mending(p reconcile.Package, t reconcile.ConditionType) []reconcile.Change {
	return slices.DeleteFunc(slices.Clone(p.Changes), func(c reconcile.Change) bool {
		return !slices.Contains(reconcile.KindOf(c.Action).Brings, t)
	})
}

// failed tells whether a change was tried without success.
func failed(c reconcile.Change) bool {
	return slices.Contains([]reconcile.Outcome{reconcile.Failed, reconcile.Refused, reconcile.Doubted}, c.Outcome)
}
