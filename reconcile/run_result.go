package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Result is what a run came to: the last plan, with the outcome of each change.
type Result struct {
	Plan
	PublishedNow []string `json:"publishedNow"`        // "name@version", sorted: what this run published
	StagedNow    []string `json:"stagedNow,omitempty"` // the same: what it sent for approval

	// Windows are the times for which a part of a release was public, and its entry not yet; only of releases that this run approved.
	Windows []Window `json:"windows,omitempty"`

	// Interrupted: the run was ended from outside. Conditions that it changed after it last read the registry are Unknown, with
	// ReasonInterrupted.
	Interrupted bool `json:"-"`

	broken bool // a preflight failed for another reason than a refusal
}

// result puts the outcomes into the plan. Changes that were made are in no plan any more, as the last observation shows their result; they
// are added again, so that the result tells them.
func (r *run) result(ctx context.Context, plan Plan) Result {
	result := Result{Plan: plan, PublishedNow: []string{}, Interrupted: ctx.Err() != nil}
	if result.Interrupted {
		r.markUnknown(result.Plan)
	}
	for g := range result.Groups {
		for i := range result.Groups[g].Packages {
			p := &result.Groups[g].Packages[i]
			r.concludeChanges(p)
			progress := r.progress(p.Name)
			id, state := p.ID(), r.snapshot[p.Name].State
			if published := progress.publicAttempt(); published.ours() || published.landed(state) {
				result.PublishedNow = append(result.PublishedNow, id)
			}
			held := state == observed.Staged || state == observed.Validating
			if staged := progress.lastAttempt(Stage); staged.ours() || staged.doubted() && held {
				result.StagedNow = append(result.StagedNow, id)
				p.Sent = &Sent{Version: p.Version, Integrity: staged.integrity, Commit: p.release.Commit}
			}
			if slices.Contains(result.PublishedNow, id) || slices.Contains(result.StagedNow, id) { // it may have been refused
				result.Findings = append(result.Findings, r.unattested(*p)...)
			}
			result.Findings = slices.Concat(result.Findings, r.closingFindings(*p, result.Findings), progress.findings)
			err, came := progress.release.preflight, p.lookedAt() && state == observed.Served
			result.broken = result.broken || err != nil && !errors.Is(err, spec.ErrRefused) && !came
		}
	}
	result.Findings = slices.DeleteFunc(result.Findings, r.proved)
	slices.Sort(result.PublishedNow)
	slices.Sort(result.StagedNow)
	result.Windows = r.windows()
	result.sort()
	result.Plan = Accept(result.Plan, r.want, r.world.Clock.Now())
	result.Summary.Converged = result.Summary.Converged && r.snapshot != nil
	return result
}

// proved tells whether this run has settled a finding that the last observation still shows: a trusted publisher that it has used.
func (r *run) proved(f Finding) bool {
	return f.Type == Unproven && r.progress(f.Package).lastAttempt(Prove).accepted()
}

// concludeChanges puts what this run did about p into its changes, in the order of Kinds.
func (r *run) concludeChanges(p *Package) {
	planned := p.Changes
	p.Changes = []Change{}
	for _, k := range Kinds() {
		i := slices.IndexFunc(planned, func(c Change) bool { return c.Action == k.Action })
		a := r.progress(p.Name).lastAttempt(k.Action)
		switch {
		case k.Action == Settings && i >= 0 && a.setting.Access != "" && a.accepted() && planned[i].Blocked(): // the rest has to wait
			c := r.untried(*p, planned[i])
			c.Message += "; set: " + a.change.Message
			p.Changes = append(p.Changes, c)
		case a.tried():
			if c, shown := r.ending(*p, k, a, i >= 0); shown {
				p.Changes = append(p.Changes, c)
			}
		case i >= 0 && k.able == nil:
			p.Changes = append(p.Changes, planned[i])
		case i >= 0:
			p.Changes = append(p.Changes, r.untried(*p, planned[i]))
		}
	}
}

// ending decides what the result says of a change that was tried, by the attempt and by what the registry showed last. Planned: the
// change was still to be made then. In place: what it was to bring about was there. The first row that fits:
//
//	row        attempt                         planned  registry                            the change in the result
//	deleted    done, publish                   any      the number is burnt                 failed
//	not shown  done, all but prove             yes      read since the attempt              doubted
//	put off    to be tried again               yes      any                                 postponed
//	unsigned   nobody signs its provenance now yes      any                                 postponed
//	as tried   any                             yes      any                                 as it was tried
//	as tried   done                            no       any                                 as it was tried
//	others'    to be tried again, not doubted  no       in place: somebody else has done it  none
//	overtaken  downgrade, tag                  no       in place: a higher release has it   none
//	elsewhere  failed: it has no artifact      no       in place: another pipeline has it   none
//	landed     doubted                         no       in place                            done
//	as tried   any                             no       any                                 as it was tried
func (r *run) ending(p Package, k Kind, a attempt, planned bool) (c Change, shown bool) {
	c = a.change
	done, doubted := c.Outcome == Done, c.Outcome == Doubted
	inPlace := !planned && r.inPlace(p, k)
	conclude := func(o Outcome, message string) { c.Outcome, c.Message = o, message }
	switch {
	case done && k.Uploads && r.snapshot[p.Name].State == observed.Burnt:
		conclude(Failed, "the version was deleted, and its number is never free again; "+c.Message)
	case planned && done && k.Action != Prove && a.at.Before(r.observedAt):
		conclude(Doubted, "done, and the registry still shows otherwise"+otherwise(p, k))
	case planned && (!a.again.IsZero() || c.Outcome == Failed && errors.Is(a.change.Err, ErrUnsigned)):
		c.Outcome = Postponed
	case planned, done:
	case inPlace && !a.again.IsZero() && !doubted, inPlace && k.Action == Tag && c.Reason == ReasonDowngrade,
		inPlace && k.Uploads && p.lookedAt():
		return c, false
	case inPlace && doubted:
		conclude(Done, "found in place after a doubtful answer: "+c.Message)
	}
	return c, true
}

// inPlace tells whether the registry shows what the change should bring about.
func (r *run) inPlace(p Package, k Kind) bool {
	state := r.snapshot[p.Name].State
	held := state == observed.Staged || state == observed.Validating
	switch k.Action {
	case Publish, Prove, Approve:
		return state == observed.Served || state.Coming()
	case Stage:
		return state == observed.Served || state.Coming() || held
	case Reject:
		return !held && state != observed.Served && !state.Coming()
	}
	return p.is(k.Shown(), True)
}

// otherwise returns ": " and what the registry shows instead of what the change should have brought about, or "".
func otherwise(p Package, k Kind) string {
	if c, ok := p.Condition(k.Shown()); ok && c.Message != "" {
		return ": " + c.Message
	}
	return ""
}

// untried says why a change was not tried: nobody here can make it, the release's preflight stopped it, or the registry gave no answer.
func (r *run) untried(p Package, c Change) Change {
	progress := r.progress(p.Name)
	unanswered := progress.release.authorization.why[p.Name]
	c.stranded = !r.Await && (!r.world.can(c.Action) || !r.policy.makes(c.Action) || slices.ContainsFunc(c.BlockedBy, r.needsHuman))
	c.later = c.Action == Approve && slices.ContainsFunc(c.BlockedBy, r.onlyRegistry) && !slices.ContainsFunc(c.BlockedBy, r.needsHuman)
	switch {
	case (c.Action == p.upload() || c.Action == Approve) && progress.release.preflight != nil:
		c.fail(Held, progress.release.preflight)
	case c.Action == p.upload() && unanswered != nil:
		c.fail(Postponed, unanswered)
	case c.Action == Tag && progress.tagLags(r.world.Clock.Now()):
		c.Outcome, c.Message = Doubted, fmt.Sprintf("the registry took %s with the version and does not show it yet", p.DistTagOnNpm())
	}
	if r.Await { // somebody else makes it: here that counts as waiting, not as work for a human
		c.Actor = CI
	}
	return c
}

// needsHuman tells whether only a human can remove the blocker. Of a package that could not be read that is not known: it may be in order.
// That a version is staged is brought on by time alone while it is scanned.
func (r *run) needsHuman(b Blocker) bool {
	scanned := b.Condition == Staged && r.snapshot[b.Name].State == observed.Validating
	return b.human() && !scanned && r.progress(b.Name).failures == 0
}

// onlyRegistry tells whether nobody but the registry can remove the blocker: a scan has to end, or a block to be lifted.
func (r *run) onlyRegistry(b Blocker) bool {
	state := r.snapshot[b.Name].State
	return b.Why == "" && (state == observed.Validating || state == observed.Blocked)
}

// closingFindings returns what only the end of a run can tell about p: an upload was told that its number is burnt, or the deadline passed
// while an accepted version was not served.
func (r *run) closingFindings(p Package, found []Finding) []Finding {
	published := r.progress(p.Name).uploadAttempt()
	wait, waits := p.change(Wait)
	switch known := burnt(p, r.freeNumber(p)); {
	case published.burnt() && !slices.ContainsFunc(found, known.repeats):
		return []Finding{known}
	case waits && r.late && wait.Actor == Registry && wait.Reason != ReasonBlocked:
		return []Finding{r.stuck(p, published)}
	}
	return nil
}

func (r *run) stuck(p Package, published attempt) Finding {
	next, still := "run again", "accepted and still not served"
	gone := fmt.Sprintf("; if it never comes, or was deleted, release %s, as the number %s is never free again", r.freeNumber(p), p.Version)
	if wait, _ := p.change(Wait); p.release.Staged && wait.Reason == ReasonValidating {
		still = "staged, and its scan has still not ended"
		gone = "; if it never ends, reject it by its ID (npm stage list) and stage it again: its number is free then"
	}
	if errors.Is(published.change.Err, spec.ErrPending) {
		next += ", after a look at whether it was staged and waits for a human (npm stage list)"
	}
	return Finding{
		Type: Stuck, Severity: Warning, Package: p.Name, Version: p.Version,
		Message: fmt.Sprintf("%s is %s", p.ID(), still),
		Next:    next + gone,
	}
}
