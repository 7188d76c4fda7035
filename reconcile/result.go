package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Result is what a run came to: the plan as it was found last, with what was done about each change.
type Result struct {
	Plan
	PublishedNow []string `json:"publishedNow"` // "name@version", sorted: what this run published

	// Interrupted: the run was ended from outside. Conditions that it changed after its last look are Unknown, with
	// ReasonInterrupted.
	Interrupted bool `json:"-"`

	broken bool // a preflight failed for another reason than a refusal
}

// result puts what was done into the plan: changes that the last observation finds no longer, and the outcomes of those
// that are left.
func (r *run) result(ctx context.Context, plan Plan) Result {
	result := Result{Plan: plan, PublishedNow: []string{}, Interrupted: ctx.Err() != nil}
	if result.Interrupted {
		r.unseen(result.Plan)
	}
	for g := range result.Groups {
		for i := range result.Groups[g].Packages {
			p := &result.Groups[g].Packages[i]
			r.outcomes(p)
			if rec, ok := r.ledger.look(key{Publish, p.Name, p.Version}); ok && (rec.ours || r.landed(p.Name, rec)) {
				result.PublishedNow = append(result.PublishedNow, fmt.Sprintf("%s@%s", p.Name, p.Version))
			}
			result.Findings = append(result.Findings, r.lost(*p, result.Findings)...)
		}
	}
	result.Findings = slices.DeleteFunc(append(result.Findings, r.ledger.findings...), r.proved)
	for _, err := range r.preflights {
		result.broken = result.broken || !errors.Is(err, spec.ErrRefused)
	}
	slices.Sort(result.PublishedNow)
	result.sort()
	result.Plan = Accept(result.Plan, r.want, r.world.Clock.Now())
	result.Summary.Converged = result.Summary.Converged && r.snapshot != nil
	return result
}

// landed tells whether a publish that was answered neither yes nor no is found in place, byte for byte.
func (r *run) landed(name spec.Name, rec record) bool {
	return rec.change.Outcome == Doubted && rec.integrity != "" && r.snapshot[name].State == observed.Served
}

// inPlace tells whether what a change was to bring about is there.
func (r *run) inPlace(p Package, a Action) bool {
	switch a {
	case Seed:
		return p.is(Seeded, True)
	case Trust:
		return p.is(Trusted, True)
	case Tag:
		return p.is(Tagged, True)
	case Deprecate:
		return p.is(Retired, True)
	}
	state := r.snapshot[p.Name].State
	return state == observed.Served || state.Coming()
}

// proved tells whether this run has mended a finding that still stands in the last observation.
func (r *run) proved(f Finding) bool {
	rec, ok := r.ledger.look(key{Prove, f.Package, ""})
	return f.Type == Unproven && ok && rec.change.Outcome == Done
}

// outcomes merges the ledger into the changes of p.
func (r *run) outcomes(p *Package) {
	left := p.Changes
	p.Changes = []Change{}
	for _, action := range []Action{Seed, Trust, Prove, Publish, Tag, Deprecate} {
		rec, tried := r.ledger.look(Change{Action: action}.key(*p))
		i := slices.IndexFunc(left, func(c Change) bool { return c.Action == action })
		switch {
		case tried && action == Publish && rec.change.Outcome == Done && r.snapshot[p.Name].State == observed.Burnt:
			rec.change.Outcome, rec.change.Message = Failed, "the version was deleted, and its number is never free again; "+rec.change.Message
			p.Changes = append(p.Changes, rec.change)
		case tried && i >= 0 && action != Prove && rec.change.Outcome == Done && rec.at.Before(r.observedAt):
			rec.change.Outcome, rec.change.Message = Doubted, "done, and the registry still shows otherwise"+instead(*p, action)
			p.Changes = append(p.Changes, rec.change)
		case tried && i >= 0 && !rec.again.IsZero(): // the registry has not taken it yet, and asked to be left alone
			rec.change.Outcome = Postponed
			p.Changes = append(p.Changes, rec.change)
		case tried && (i >= 0 || rec.change.Outcome == Done):
			p.Changes = append(p.Changes, rec.change)
		case tried && !rec.again.IsZero() && rec.change.Outcome != Doubted && r.inPlace(*p, action):
			// put off here, and done by somebody else meanwhile
		case tried && action == Tag && rec.change.Reason == ReasonDowngrade && r.inPlace(*p, action): // a higher release has it now
		case tried && rec.change.Outcome == Doubted && r.inPlace(*p, action):
			rec.change.Outcome, rec.change.Message = Done, "found in place after a doubtful answer: "+rec.change.Message
			p.Changes = append(p.Changes, rec.change)
		case tried:
			p.Changes = append(p.Changes, rec.change)
		case i >= 0:
			c := left[i]
			c.stranded = !r.Await && (!r.world.can(action) || slices.ContainsFunc(c.blockers, r.needsHuman))
			if err := r.preflights[p.release]; err != nil && action == Publish {
				c.Outcome, c.Message = Held, err.Error()
			}
			r.unfinished(p, &c)
			if r.Await { // somebody else's to do, whoever that is
				c.Actor = CI
			}
			p.Changes = append(p.Changes, c)
		}
	}
	if i := slices.IndexFunc(left, func(c Change) bool { return c.Action == Wait }); i >= 0 {
		p.Changes = append(p.Changes, left[i])
	}
}

// instead says what the registry shows in the place of what the change was to bring about, as far as that is to be told.
func instead(p Package, a Action) string {
	condition := map[Action]ConditionType{Seed: Seeded, Trust: Trusted, Publish: Served, Tag: Tagged, Deprecate: Retired}[a]
	if c, ok := p.Condition(condition); ok && c.Message != "" {
		return ": " + c.Message
	}
	return ""
}

// needsHuman tells whether neither time nor another run takes the blocker away: what could not be read may be in order.
func (r *run) needsHuman(b Blocker) bool { return b.human() && r.blind[b.Name] == 0 }

// unfinished says of a change that was not tried why it has not come to that, where the registry is to blame.
func (r *run) unfinished(p *Package, c *Change) {
	why := r.unasked[p.release].why[p.Name]
	switch {
	case c.Action == Publish && c.Outcome == "" && why != nil:
		c.Outcome, c.Message = Postponed, "it could not be asked whether this may be published: "+why.Error()
	case c.Action == Tag && r.fresh(*p):
		c.Outcome, c.Message = Doubted, fmt.Sprintf("the registry took %s with the version and does not show it yet", p.release.DistTag)
	}
}
