package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

const (
	// maxTries is how often a change is tried when the registry did nothing; hiccup is the shortest pause between two tries.
	maxTries = 4
	hiccup   = 10 * time.Second
	// maxScanTries is how often an approval is tried that the registry's scan keeps back: for ten minutes, twice as long as scans mostly take.
	maxScanTries = 20

	// doubt is how long a version is looked for after its publish was answered neither yes nor no. To wait longer is of no use: a version
	// that is being scanned does not show, and a later run finds out with one upload.
	doubt = 2 * time.Minute
	// lag is how long a dist-tag or a deprecation that this run has set may take to show, because registries cache their answers for
	// minutes.
	lag = 6 * time.Minute
)

// attempt is what this run did about one change of one package. It is evidence that reading alone cannot give: a version that is being
// scanned reads like one that was never sent. And it keeps the change from being made twice. Each package has at most one attempt of each
// action, the last. Its state is its outcome:
//
//	outcome       by which answer                               tried again in this run       waited for
//	none          not tried, or only interrupted                yes                           by others (run_wait.go)
//	done          taken; or it is there already                 no                            until it is served, or for lag until it shows
//	doubted       neither yes nor no; what was staged is gone   after a race, up to maxTries  for doubt, until it shows
//	failed        nothing was sent, or "later", up to maxTries  after the time that it names  until then
//	failed        of an approval: its scan has not ended        up to maxScanTries            until then
//	failed        every other error; a burnt number             no                            no: its release is given up
//	failed        its artifact, or its permission (preflight)   no                            no: the same
//	refused       a human has to do it, by verdicts             no                            no
//
// At the end of a run ending (run_result.go) may correct the outcome by what the registry shows then.
type attempt struct {
	change      Change         // as it was planned, with the outcome
	integrity   spec.Integrity // of what was sent
	setting     Setting        // what was to be set
	at          time.Time      // when the attempt ended
	observation int            // the number of the observation that preceded it
	tries       int            // how many tries have ended, this one included
	again       time.Time      // when it may be tried again; zero: not in this run
}

// verdict says which outcome an answer means.
type verdict struct {
	answer  error
	not     Action // for which the answer means something else
	only    Action // for which alone it means this; "": for all
	outcome Outcome
	reason  string // "": the planned one
}

// verdicts returns the answers that mean something else than "failed". The first one that fits decides.
func verdicts() []verdict {
	return []verdict{
		{answer: spec.ErrAlreadyPublished, outcome: Done, reason: ReasonAdopted},
		{answer: spec.ErrNotFound, only: Approve, outcome: Doubted}, // somebody else has approved or rejected it: its state tells
		{answer: spec.ErrNotFound, only: Reject, outcome: Doubted},
		{answer: spec.ErrStaged, only: Stage, outcome: Done, reason: ReasonAdopted},
		{answer: spec.ErrPending, only: Stage, outcome: Done, reason: ReasonAdopted},
		{answer: spec.ErrStaged, outcome: Refused, reason: ReasonStaged},
		{answer: spec.ErrBurnt, outcome: Failed},
		{answer: spec.ErrDoubtful, outcome: Doubted},
		{answer: ErrDowngrade, outcome: Refused, reason: ReasonDowngrade},   // another release has overtaken this one since the plan was made
		{answer: ErrDeprecated, outcome: Refused, reason: ReasonDeprecated}, // somebody has withdrawn it since the plan was made
		{answer: spec.ErrSecondFactor, outcome: Refused, reason: ReasonSecondFactor},
		{answer: spec.ErrNotPermitted, not: Tag, outcome: Refused, reason: ReasonNotPermitted},
		{answer: spec.ErrRefused, not: Publish, outcome: Refused},
	}
}

// failedAttempt returns the attempt of a change that failed before anything was sent.
func failedAttempt(c Change, err error, now time.Time) attempt {
	c.fail(Failed, err)
	return attempt{change: c, at: now}
}

// judge gives the attempt the outcome that err, its answer, means. The integrity is kept only where the upload may have arrived: then the
// served version is compared with it.
func (a *attempt) judge(err error) {
	c := &a.change
	if err == nil {
		c.Outcome = Done
		return
	}
	c.fail(Failed, err)
	for _, v := range verdicts() {
		if !errors.Is(err, v.answer) || v.not == c.Action || v.only != "" && v.only != c.Action {
			continue
		}
		if c.Outcome = v.outcome; v.outcome == Refused {
			c.Actor = Human
		}
		if v.reason != "" {
			c.Reason = v.reason
		}
		break
	}
	if c.Reason == ReasonAdopted && c.Outcome == Done {
		c.Message = "the registry has it already: " + c.Message
	}
	if c.Outcome != Done && c.Outcome != Doubted {
		a.integrity = ""
	}
}

// schedule decides whether and when the change may be tried again. Trying again is safe in two cases only: the registry did nothing, or it
// said that another write came in between.
func (a *attempt) schedule() {
	err := a.change.Err
	undone := a.change.Outcome == Failed && (delay(err) > 0 || errors.Is(err, ErrNotSent))
	switch {
	case a.change.Action == Approve && errors.Is(err, spec.ErrPending) && a.tries < maxScanTries:
		a.again = a.at.Add(lastPause) // its scan has not ended, which could not be seen
	case a.tries >= maxTries:
	case undone: // the registry may take it later
		a.again = a.at.Add(max(delay(err), hiccup))
	case errors.Is(err, spec.ErrRace): // in the meantime it is looked for, and sent again only if it does not show
		a.again = a.at.Add(hiccup << a.tries)
	}
}

// tried tells whether there was an attempt at all.
func (a attempt) tried() bool { return a.change.Action != "" }

// accepted tells whether the registry said that it has the version, the name or the setting.
func (a attempt) accepted() bool { return a.change.Outcome == Done }

// doubted tells whether the answer was neither yes nor no.
func (a attempt) doubted() bool { return a.change.Outcome == Doubted }

// ours tells whether the registry has it because this run sent it, rather than somebody else.
func (a attempt) ours() bool { return a.accepted() && a.change.Err == nil }

// burnt tells whether the registry said that the number is burnt.
func (a attempt) burnt() bool {
	return a.change.Outcome == Failed && errors.Is(a.change.Err, spec.ErrBurnt)
}

// final tells whether it failed for good.
func (a attempt) final() bool { return a.change.Outcome == Failed && a.again.IsZero() }

// repeatable tells whether the change may be tried (again) now.
func (a attempt) repeatable(now time.Time) bool {
	return !a.tried() || !a.again.IsZero() && !now.Before(a.again)
}

// postponed tells whether the change may be tried again, but later than now.
func (a attempt) postponed(now time.Time) bool { return !a.again.IsZero() && now.Before(a.again) }

// inDoubt tells whether the upload may have arrived, and may still come to show.
func (a attempt) inDoubt(now time.Time) bool {
	return a.doubted() && now.Sub(a.at) < doubt
}

// lags tells whether an accepted change may not show yet because of caches. They are given lag from the attempt or from the given time,
// whichever is later.
func (a attempt) lags(now, from time.Time) bool {
	if a.at.After(from) {
		from = a.at
	}
	return a.accepted() && now.Sub(from) < lag
}

// landed tells whether what was answered neither yes nor no is found in place: a publish byte for byte, an approval by what it approved.
func (a attempt) landed(state observed.State) bool {
	return a.doubted() && (a.integrity != "" || a.change.Action == Approve) && state == observed.Served
}

// interrupted tells whether err is only that the run was ended. All else is told, as what was sent or is half done, and what
// failed by itself while the run was ending.
func interrupted(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() == nil || errors.Is(err, spec.ErrDoubtful) || errors.Is(err, ErrHalfDone) {
		return false
	}
	return errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))
}

// delay returns how long the registry asked to be left alone, by an error of its answer.
func delay(err error) time.Duration {
	var busy interface{ Delay() time.Duration }
	if errors.As(err, &busy) {
		return busy.Delay()
	}
	return 0
}
