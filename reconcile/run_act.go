package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// uploads is how many changes are made at once. More would gain nothing, as uploads share one line, and registries dislike it.
const uploads = 4

// act makes every change that is not blocked, that may be tried now, and that this world has an actor for. It returns how many it tried.
func (r *run) act(ctx context.Context, plan Plan) int {
	var tried atomic.Int64
	group := new(errgroup.Group)
	group.SetLimit(min(uploads, max(r.Concurrency, 1)))
	all := r.byHome(plan)
	r.retiring = retirements(all)
	for _, changes := range all {
		group.Go(func() error {
			for _, made := range changes {
				if ctx.Err() == nil { // after an interruption nothing new is begun
					tried.Add(1)
					r.make(ctx, made.Package, made.Change)
				}
			}
			return nil
		})
	}
	_ = group.Wait() // outcomes are in the packages' progress
	return int(tried.Load())
}

// work is a change that can be made now.
type work struct {
	Package
	Change
}

// byHome returns the changes that can be made now, those of one package of npm together: it takes one upload at a time.
func (r *run) byHome(plan Plan) [][]work {
	var all [][]work
	at := map[spec.Name]int{}
	for _, p := range plan.Packages() {
		for _, c := range p.Changes {
			if !r.actionable(p, c) {
				continue
			}
			i, known := at[p.OnNpm()]
			if !known {
				i = len(all)
				at[p.OnNpm()], all = i, append(all, nil)
			}
			all[i] = append(all[i], work{p, c})
		}
	}
	return all
}

// actionable tells whether the change can be made now, by somebody who is here, and may be tried (again).
func (r *run) actionable(p Package, c Change) bool {
	now, progress := r.world.Clock.Now(), r.progress(p.Name)
	if c.Blocked() || !r.world.can(c.Action) || !r.policy.makes(c.Action) || !progress.lastAttempt(c.Action).repeatable(now) {
		return false
	}
	if stage := r.snapshot[p.Name].Stage; c.Action == Approve && r.world.Reviewer != nil && stage != nil &&
		r.want.Reviews[p.Name].ID != stage.ID { // it came after the review
		return false
	}
	if c.Action == p.upload() || c.Action == Approve {
		return progress.release.mayPublish(now)
	}
	return c.Action != Tag || !progress.tagLags(now)
}

// make makes one change and records what became of it.
func (r *run) make(ctx context.Context, p Package, c Change) {
	began, kind := r.world.Clock.Now(), KindOf(c.Action)
	e := r.event(p, kind)
	e.Type = Started
	r.world.emit(e)

	a := attempt{change: c, setting: p.setting, observation: r.observations, tries: r.progress(p.Name).lastAttempt(c.Action).tries + 1}
	var err error
	a.integrity, err = kind.make(r, ctx, p, c)
	if interrupted(ctx, err) {
		return // it was not done, and did not fail
	}
	a.judge(err)
	if a.burnt() {
		a.change.Message += "; " + r.adviseNumber(p, c.Action)
	}
	a.at = r.world.Clock.Now()
	a.schedule()
	r.progress(p.Name).recordAttempt(a)

	e.Type, e.Outcome, e.Elapsed = Finished, a.change.Outcome, a.at.Sub(began)
	if err != nil {
		e.Message = a.change.Message
	}
	r.world.emit(e)
}

// event returns an event about a change of p, without its type.
func (r *run) event(p Package, k Kind) Event {
	e := Event{Action: k.Action, Package: p.Name, Version: p.Version}
	if k.version != nil {
		e.Version = k.version(r, p)
	}
	return e
}

func (r *run) seed(ctx context.Context, p Package, _ Change) (spec.Integrity, error) {
	return "", r.world.Seeder.Seed(ctx, p.declared, r.want.Placeholder)
}

func (r *run) trust(ctx context.Context, p Package, c Change) (spec.Integrity, error) {
	return "", r.world.Truster.Trust(ctx, p.OnNpm(), Trusting{
		Want: r.want.TrustedPublishers, Renew: r.renew(p.Name, c), Prune: r.policy.Prune,
		Moved:     proven(r.want.TrustedPublishers, r.snapshot[p.Name].Trust),
		Removable: r.policy.removable(p.Name, r.want.TrustedPublishers),
	})
}

func (r *run) prove(ctx context.Context, p Package, _ Change) (spec.Integrity, error) {
	return "", r.world.Prover.Prove(ctx, p.declared, p.proof)
}

func (r *run) publish(ctx context.Context, p Package, c Change) (spec.Integrity, error) {
	var unattested error
	integrity, err := r.world.Publisher.Publish(ctx, Publication{
		Package: p.declared, Release: *p.release, First: r.snapshot[p.Name].Existence == observed.Missing,
		Sent: r.sending(r.event(p, KindOf(c.Action))), Unattested: func(why error) { unattested = why },
	})
	r.progress(p.Name).setUnattested(unattested)
	return integrity, err
}

func (r *run) approve(ctx context.Context, p Package, _ Change) (spec.Integrity, error) {
	return "", r.decide(p, func(s spec.Stage) error { return r.world.Approver.Approve(ctx, s) })
}

func (r *run) reject(ctx context.Context, p Package, _ Change) (spec.Integrity, error) {
	return "", r.decide(p, func(s spec.Stage) error { return r.world.Approver.Reject(ctx, s) })
}

// decide decides about the very version that was shown: its ID is that of its bytes.
func (r *run) decide(p Package, about func(spec.Stage) error) error {
	is := r.snapshot[p.Name]
	switch {
	case is.Stage != nil:
		return about(*is.Stage)
	case is.StageErr != nil:
		return fmt.Errorf("what is staged of %s could not be listed: %w", p.Name, is.StageErr)
	}
	return fmt.Errorf("%s is staged, and this session is not shown it: npm login as somebody with write access to %s: %w",
		p.ID(), p.OnNpm(), spec.ErrRefused)
}

// sending returns the function that is called as an upload goes on; it sends the events.
func (r *run) sending(e Event) func(sent, size int64) {
	began := r.world.Clock.Now()
	return func(sent, size int64) {
		e := e
		e.Type, e.Sent, e.Size, e.Elapsed = Sending, sent, size, r.world.Clock.Now().Sub(began)
		r.world.emit(e)
	}
}

// moveTag moves a dist-tag. In a release it never moves backwards; in a rollback it goes to the pinned version in either direction, but
// only from where it pointed when the rollback was approved or planned.
func (r *run) moveTag(ctx context.Context, p Package, c Change) (spec.Integrity, error) {
	if c.Reason == ReasonRollback {
		from, approved := r.policy.From[p.Name]
		if !approved {
			from = p.DistTags[p.release.DistTag]
		}
		return "", r.world.Tagger.Return(ctx, p.declared, p.release.DistTag, from, p.Version)
	}
	return "", r.world.Tagger.Tag(ctx, p.declared, p.release.DistTag, p.Version)
}

// retirement is what is to be said of versions of one package of npm, by all packages that have their versions there. It is said at once: a
// client sends the whole document of the package for it.
type retirement struct {
	wanted map[spec.Version]spec.Deprecation
	said   bool
	err    error
}

// retirements collects them of the changes that can be made now. Those of one package of npm are made one after the other.
func retirements(all [][]work) map[spec.Name]*retirement {
	retiring := map[spec.Name]*retirement{}
	for _, w := range slices.Concat(all...) {
		if w.Action != Deprecate {
			continue
		}
		if retiring[w.OnNpm()] == nil {
			retiring[w.OnNpm()] = &retirement{wanted: map[spec.Version]spec.Deprecation{}}
		}
		maps.Copy(retiring[w.OnNpm()].wanted, w.deprecations())
	}
	return retiring
}

func (r *run) deprecate(ctx context.Context, p Package, _ Change) (spec.Integrity, error) {
	of := r.retiring[p.OnNpm()]
	if !of.said {
		of.err, of.said = r.world.Deprecator.Deprecate(ctx, p.OnNpm(), of.wanted), true
	}
	return "", of.err
}

// deprecations returns what is to be said of its versions, as npm has them.
func (p Package) deprecations() map[spec.Version]spec.Deprecation {
	all := make(map[spec.Version]spec.Deprecation, len(p.retire))
	for version, of := range p.retire {
		all[p.declared.Home.Version(version)] = of
	}
	return all
}

// retired returns the version that is deprecated; "" where there are several.
func (p Package) retired() spec.Version {
	if len(p.retire) == 1 {
		for version := range p.retire {
			return version
		}
	}
	return ""
}

func (r *run) settle(ctx context.Context, p Package, _ Change) (spec.Integrity, error) {
	return "", r.world.Settler.Settle(ctx, p.OnNpm(), p.setting)
}
