package reconcile

import (
	"fmt"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
)

// Accepted is a finding that the state file accepts. It is shown and does not change the exit code.
type Accepted struct {
	Finding
	Reason string `json:"reason"`
	Until  string `json:"until"` // the last day on which it is accepted, in UTC, such as 2027-01-31; "": forever
}

// Accept divides the findings of a plan into those that count and those that the state file accepts. A finding that the state file
// names may still count: its last day is over, or findings of its kind are never accepted. Its message then says why.
func Accept(plan Plan, want Desired, now time.Time) Plan {
	counted, accepted := make([]Finding, 0, len(plan.Findings)), []Accepted{}
	for _, f := range plan.Findings {
		i := want.acceptance(f, now)
		if i < 0 {
			counted = append(counted, f)
			continue
		}
		entry, at := want.Accept[i], fmt.Sprintf("spec.accept[%d]", i)
		switch why := want.never(f); {
		case why != "":
			f.Message += fmt.Sprintf("; %s does not apply: %s", at, why)
			counted = append(counted, f)
		case entry.Expired(now):
			f.Message += fmt.Sprintf("; its acceptance, %s, expired on %s", at, entry.Until)
			f.Next += fmt.Sprintf("; or give %s another day", at)
			counted = append(counted, f)
		default:
			accepted = append(accepted, Accepted{Finding: f, Reason: entry.Reason, Until: entry.Until})
		}
	}
	plan.Findings, plan.Accepted = counted, accepted
	plan.acceptDistTags()
	plan.acceptUnattested()
	plan.Summary = plan.summarize()
	return plan
}

// acceptDistTags marks dist-tags as being as they should be where the state file accepts the finding about them: a human has decided that
// they stay. There is one such finding for a release, and it speaks for all its packages.
func (p *Plan) acceptDistTags() {
	for _, a := range p.Accepted {
		if !a.decided() {
			continue
		}
		for i := range p.Groups {
			p.Groups[i].acceptDistTag(a)
		}
	}
}

func (g *Group) acceptDistTag(a Accepted) {
	i := slices.IndexFunc(g.Packages, func(p Package) bool { return p.Name == a.Package })
	if i < 0 {
		return
	}
	release := g.Packages[i].release
	for j := range g.Packages {
		p := &g.Packages[j]
		c, _ := p.Condition(Tagged)
		if _, planned := p.change(Tag); p.release == release && c.Status == False && c.Reason == string(a.Type) && !planned {
			p.tagAccepted = true
		}
	}
	g.settleAgain()
}

// settleAgain judges the group anew, after something was accepted.
func (g *Group) settleAgain() {
	if c, _ := findCondition(g.Conditions, Ready); c.Reason != ReasonInterrupted {
		g.Conditions = []Condition{ready(g.Packages)}
	}
}

// acceptance returns the index of the entry of spec.accept that names a finding, or -1. An entry that is in force wins. Of expired ones
// the one that expired last is returned, as its date is the useful one in a message.
func (w Desired) acceptance(f Finding, now time.Time) int {
	best := -1
	for i, entry := range w.Accept {
		switch {
		case !entry.Fits(string(f.Type), f.Package, f.Version):
		case !entry.Expired(now):
			return i
		case best < 0 || entry.Until > w.Accept[best].Until:
			best = i
		}
	}
	return best
}

// never says why a finding cannot be accepted by any entry, or returns "".
func (w Desired) never(f Finding) string {
	switch f.Type {
	case Unreadable, Unverified:
		return "what could not be read is not known"
	case ArtifactRefused, Cycle:
		return "it keeps the release from being published"
	}
	present := slices.ContainsFunc(w.Releases, func(r desired.Release) bool {
		return r.Selected && r.Version == f.Version &&
			slices.ContainsFunc(r.Packages, func(p desired.Package) bool { return p.Name == f.Package })
	})
	if present && f.Severity == Error {
		return "errors of the present release are never accepted"
	}
	return ""
}
