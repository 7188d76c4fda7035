package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Options shape a run.
type Options struct {
	Concurrency int           // requests, and packages inspected, at once
	Timeout     time.Duration // for each phase of waiting: every change that is made starts it again
	Await       bool          // wait also for versions that somebody else publishes
}

// run is what one process knows while it converges. Nothing of it is kept after the process ends: another run reads it from the registry.
type run struct {
	Options
	world  World
	want   Desired
	policy Policy

	snapshot     observed.Snapshot // the last reading of each package
	observations int               // how many observations there were
	observedAt   time.Time         // when the last one began
	busyUntil    time.Time         // before this time the registry does not want to be asked again, as it said in that observation
	packages     map[spec.Name]*packageProgress
	retiring     map[spec.Name]*retirement // what a pass says of versions, by package of npm
	late         bool                      // the deadline passed while something was waited for
}

func newRun(world World, want Desired, policy Policy, options Options) *run {
	policy.Unserved = map[spec.Name]bool{}
	return &run{Options: options, world: world, want: want, policy: policy, packages: newProgress(want.Releases)}
}

// Survey plans and changes nothing. It also returns what it read, on which the plan rests: a saved plan keeps that. Where the world has
// an Inspector, the artifacts of what would be published are judged too.
func Survey(ctx context.Context, world World, want Desired, policy Policy, options Options) (Plan, observed.Snapshot, error) {
	r := newRun(world, want, policy, options)
	plan, err := r.preview(ctx)
	if err == nil {
		plan = r.review(ctx, plan)
	}
	if err == nil && world.Inspector != nil {
		plan, err = r.inspectPlan(ctx, plan)
	}
	if err != nil {
		return plan, r.snapshot, err
	}
	return Accept(plan, want, world.Clock.Now()), r.snapshot, nil
}

// preview observes, and reads once more what served versions need beside the desired versions. It takes a second reading because only the
// manifests, which come with the first, say what that is.
func (r *run) preview(ctx context.Context) (Plan, error) {
	plan, err := r.observe(ctx)
	if err != nil || len(r.wanted()) == 0 {
		return plan, err
	}
	return r.read(ctx, slices.DeleteFunc(r.queries(), func(q observed.Query) bool { return len(q.Wanted) == 0 }))
}

// Run makes passes until everything has converged, or only a human can help, or the deadline has passed. A pass that has made a change is
// followed by another at once; otherwise Run waits first. Its error is ctx's error or nil. All other errors are in the Result, which is
// always complete.
func Run(ctx context.Context, world World, want Desired, policy Policy, options Options) (Result, error) {
	r := newRun(world, want, policy, options)
	var plan Plan
	var pause backoff
	since := world.Clock.Now()
	world.emit(Event{Type: Begun})
	defer func(began time.Time) { world.emit(Event{Type: Ended, Elapsed: world.Clock.Now().Sub(began)}) }(since)
	for {
		next, err := r.observe(ctx)
		if err != nil {
			return r.result(ctx, plan), err
		}
		var tried int
		if plan, tried = r.pass(ctx, next); tried > 0 {
			pause, since = backoff{}, world.Clock.Now()
			if ctx.Err() == nil {
				continue
			}
		}
		waits := r.waits(plan)
		now := world.Clock.Now()
		elapsed := now.Sub(since)
		r.late = len(waits) > 0 && (elapsed >= r.Timeout || inVain(waits, since.Add(r.Timeout)))
		if len(waits) == 0 || r.late || ctx.Err() != nil {
			return r.result(ctx, plan), context.Cause(ctx)
		}
		d := min(max(pause.next(), r.busyUntil.Sub(now)), r.Timeout-elapsed)
		if err := r.waitAndReport(ctx, waits, elapsed, d); err != nil {
			return r.result(ctx, plan), context.Cause(ctx)
		}
	}
}

// pass makes every change that can be made now. It returns the plan that it acted on, which includes what the artifacts need, and how many
// changes it tried.
func (r *run) pass(ctx context.Context, plan Plan) (Plan, int) {
	plan = r.review(ctx, plan)
	r.preflight(ctx, plan)
	if replanned, err := r.withNeeds(ctx, plan); err == nil {
		plan = replanned
	}
	return plan, r.act(ctx, plan)
}
