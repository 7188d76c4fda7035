package reconcile

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// uploads is how many changes are made at once: uploads share one line, and a registry frowns on more.
const uploads = 4

const (
	// maxTries is how often a change is tried of which the registry did nothing, and hiccup the least time in between.
	maxTries = 4
	hiccup   = 10 * time.Second
)

// act makes every change that is neither blocked nor tried before and that somebody here can make. It returns how many it
// tried.
func (r *run) act(ctx context.Context, plan Plan) int {
	var tried atomic.Int64
	group := new(errgroup.Group)
	group.SetLimit(min(uploads, max(r.Concurrency, 1)))
	for _, p := range plan.Packages() {
		for _, c := range p.Changes {
			if !r.actionable(p, c) || ctx.Err() != nil {
				continue
			}
			group.Go(func() error {
				if ctx.Err() == nil { // what has not begun when the run is interrupted stays undone
					tried.Add(1)
					r.make(ctx, p, c)
				}
				return nil
			})
		}
	}
	_ = group.Wait() // outcomes are in the ledger
	return int(tried.Load())
}

func (r *run) actionable(p Package, c Change) bool {
	if c.Blocked() || !r.world.can(c.Action) {
		return false
	}
	if rec, tried := r.ledger.look(c.key(p)); tried && (rec.again.IsZero() || r.postponed(c.key(p))) {
		return false
	}
	if c.Action == Publish {
		return r.preflights[p.release] == nil && !r.world.Clock.Now().Before(r.unasked[p.release].again)
	}
	return c.Action != Tag || !r.fresh(p)
}

// make makes one change and records what became of it.
func (r *run) make(ctx context.Context, p Package, c Change) {
	began := r.world.Clock.Now()
	e := Event{Action: c.Action, Package: p.Name, Version: p.Version}
	switch c.Action {
	case Seed:
		e.Version = r.want.Placeholder
	case Prove:
		e.Version = p.proof
	case Deprecate:
		e.Version = ""
		if withdrawn := p.release.Withdrawn; len(withdrawn) == 1 {
			e.Version = withdrawn[0].Version
		}
	}
	started := e
	started.Type = Started
	r.world.tell(started)

	rec := record{change: c, look: r.looks}
	var err error
	switch c.Action {
	case Seed:
		err = r.world.Seeder.Seed(ctx, p.declared, r.want.Placeholder)
	case Trust:
		err = r.world.Truster.Trust(ctx, p.Name, Trusting{
			Want: r.want.TrustedPublishers, Renew: r.renew(p.Name, c), Prune: r.policy.Prune,
			Removable: r.policy.removable(p.Name, r.want.TrustedPublishers),
		})
	case Prove:
		err = r.world.Prover.Prove(ctx, p.declared, p.proof)
	case Publish:
		rec.integrity, err = r.world.Publisher.Publish(ctx, Publication{
			Package: p.declared, Release: *p.release, First: r.snapshot[p.Name].Existence == observed.Missing, Sent: r.sending(e),
		})
	case Tag:
		err = r.tag(ctx, p, c)
	case Deprecate:
		err = r.world.Deprecator.Deprecate(ctx, p.Name, p.messages())
	}
	if interrupted(ctx, err) {
		return // it was not done, and did not fail
	}
	rec.judge(err)
	if rec.burnt {
		rec.change.Message += "; " + r.instead(p, c.Action)
	}
	rec.at = r.world.Clock.Now()
	earlier, _ := r.ledger.look(c.key(p))
	rec.tries = earlier.tries + 1
	switch undone := rec.change.Outcome == Failed && (delay(err) > 0 || errors.Is(err, ErrNotSent)); {
	case rec.tries >= maxTries:
	case undone:
		rec.again = rec.at.Add(max(delay(err), hiccup)) // the registry did nothing; later it may
	case errors.Is(err, spec.ErrRace): // it is looked for in between, and sent again only where it does not show
		rec.again = rec.at.Add(hiccup << rec.tries)
	}
	r.ledger.note(c.key(p), rec)

	e.Type, e.Outcome, e.Elapsed = Finished, rec.change.Outcome, rec.at.Sub(began)
	if err != nil {
		e.Message = rec.change.Message
	}
	r.world.tell(e)
}

// tag moves a dist-tag: as in a release never back, and as in a rollback to wherever the state file pins it.
func (r *run) tag(ctx context.Context, p Package, c Change) error {
	if c.Reason == ReasonRollback {
		from, approved := r.policy.From[p.Name]
		if !approved {
			from = p.DistTags[p.release.DistTag]
		}
		return r.world.Tagger.Return(ctx, p.Name, p.release.DistTag, from, p.Version)
	}
	return r.world.Tagger.Tag(ctx, p.Name, p.release.DistTag, p.Version)
}

// messages are those of the versions that the state file withdraws, but for one to which the dist-tag has to point for now.
func (p Package) messages() map[spec.Version]string {
	messages := map[spec.Version]string{}
	for _, w := range p.release.Withdrawn {
		if w.Version != p.DistTags[p.release.DistTag] {
			messages[w.Version] = w.Message
		}
	}
	return messages
}

// sending tells of an upload.
func (r *run) sending(e Event) func(sent, size int64) {
	began := r.world.Clock.Now()
	return func(sent, size int64) {
		e := e
		e.Type, e.Sent, e.Size, e.Elapsed = Sending, sent, size, r.world.Clock.Now().Sub(began)
		r.world.tell(e)
	}
}

// interrupted tells whether err is only that the run was ended. All else is told, as what was sent or is half done, and what
// failed by itself while the run was ending.
func interrupted(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() == nil || errors.Is(err, spec.ErrDoubtful) || errors.Is(err, ErrHalfDone) {
		return false
	}
	return errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))
}

// judge turns the error of an attempt into its outcome.
func (rec *record) judge(err error) {
	c := &rec.change
	say := func(o Outcome, message string) { c.Outcome, c.Message = o, message }
	switch {
	case err == nil:
		c.Outcome, rec.accepted, rec.ours = Done, true, true
	case errors.Is(err, spec.ErrAlreadyPublished):
		rec.accepted, rec.pending, c.Reason = true, errors.Is(err, spec.ErrPending), ReasonAdopted
		say(Done, "the registry has it already: "+err.Error())
	case errors.Is(err, spec.ErrStaged):
		rec.integrity, c.Actor, c.Reason = "", Human, ReasonStaged
		say(Refused, err.Error())
	case errors.Is(err, spec.ErrBurnt):
		rec.integrity, rec.burnt = "", true
		say(Failed, err.Error())
	case errors.Is(err, spec.ErrDoubtful):
		say(Doubted, err.Error())
	case errors.Is(err, ErrDowngrade): // another release has overtaken this one since the plan was made
		rec.integrity, c.Actor, c.Reason = "", Human, ReasonDowngrade
		say(Refused, err.Error())
	case errors.Is(err, ErrDeprecated): // somebody has withdrawn it since the plan was made
		c.Actor, c.Reason = Human, ReasonDeprecated
		say(Refused, err.Error())
	case errors.Is(err, spec.ErrSecondFactor):
		rec.integrity, c.Actor, c.Reason = "", Human, ReasonSecondFactor
		say(Refused, err.Error())
	case errors.Is(err, spec.ErrNotPermitted) && c.Action != Tag:
		rec.integrity, c.Actor, c.Reason = "", Human, ReasonNotPermitted
		say(Refused, err.Error())
	case errors.Is(err, spec.ErrRefused) && c.Action != Publish:
		c.Actor = Human
		say(Refused, err.Error())
	default:
		rec.integrity = "" // nothing of it is there to be compared
		say(Failed, err.Error())
	}
}

func (c Change) key(p Package) key {
	switch c.Action {
	case Seed, Trust, Prove:
		return key{c.Action, p.Name, ""}
	}
	return key{c.Action, p.Name, p.Version}
}
