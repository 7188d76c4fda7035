package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Options shape a run.
type Options struct {
	Concurrency int           // requests, and packages inspected, at once
	Timeout     time.Duration // for each phase of waiting: what is done in between starts it anew
	Await       bool          // wait also for versions that somebody else publishes
}

// run is one process's way to convergence.
type run struct {
	Options
	world  World
	want   Desired
	policy Policy

	versions   map[spec.Name]spec.Version // that are desired, of all declared packages
	ledger     ledger
	snapshot   observed.Snapshot
	lastRead   observed.Snapshot          // what the last observation added
	observedAt time.Time                  // when the last observation began
	looks      int                        // observations so far
	servedAt   map[spec.Name]time.Time    // when a version was first seen to be served
	highest    map[spec.Name]spec.Version // that the release's dist-tag has pointed at
	blind      map[spec.Name]int          // how often in a row a package could not be read
	late       bool                       // the deadline passed while something was waited for
	preflights map[*desired.Release]error // what holds a release back
	verified   map[spec.Name]bool
	inspected  map[*desired.Release]bool
	authorized map[*desired.Release]bool
	unasked    map[*desired.Release]postponement
}

func newRun(world World, want Desired, policy Policy, options Options) *run {
	policy.Unserved = map[spec.Name]bool{}
	return &run{
		Options: options, world: world, want: want, policy: policy, versions: want.versions(),
		preflights: map[*desired.Release]error{}, blind: map[spec.Name]int{}, servedAt: map[spec.Name]time.Time{},
		highest:  map[spec.Name]spec.Version{},
		verified: map[spec.Name]bool{}, inspected: map[*desired.Release]bool{}, authorized: map[*desired.Release]bool{},
		unasked: map[*desired.Release]postponement{},
	}
}

// Preview observes and diffs, and changes nothing.
func Preview(ctx context.Context, world World, want Desired, policy Policy) (Plan, error) {
	return newRun(world, want, policy, Options{}).preview(ctx)
}

// preview observes, and then looks up what served versions need beside the desired ones: only their manifests say what that is.
func (r *run) preview(ctx context.Context) (Plan, error) {
	plan, err := r.observe(ctx)
	if err != nil || len(r.wanted()) == 0 {
		return plan, err
	}
	return r.read(ctx, slices.DeleteFunc(r.queries(), func(q observed.Query) bool { return len(q.Wanted) == 0 }))
}

// Reconcile makes one pass: observe, diff, and make what can be made now. It returns the plan that it acted on and
// what became of it.
func Reconcile(ctx context.Context, world World, want Desired, policy Policy, options Options) (Result, error) {
	r := newRun(world, want, policy, options)
	plan, err := r.observe(ctx)
	if err != nil {
		return r.result(ctx, plan), err
	}
	plan, _ = r.pass(ctx, plan)
	return r.result(ctx, plan), context.Cause(ctx)
}

// Run makes passes until everything has converged, or only a human can help, or the registry lets the deadline pass. Its
// error is that of ctx, or nil; all else is in the Result, which is always complete.
func Run(ctx context.Context, world World, want Desired, policy Policy, options Options) (Result, error) {
	r := newRun(world, want, policy, options)
	var plan Plan
	var pause backoff
	since := world.Clock.Now()
	world.tell(Event{Type: Begun})
	defer func(began time.Time) { world.tell(Event{Type: Ended, Elapsed: world.Clock.Now().Sub(began)}) }(since)
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
		elapsed := world.Clock.Now().Sub(since)
		r.late = len(waits) > 0 && (elapsed >= r.Timeout || inVain(waits, since.Add(r.Timeout)))
		if len(waits) == 0 || r.late || ctx.Err() != nil {
			return r.result(ctx, plan), context.Cause(ctx)
		}
		d := min(max(pause.next(), r.patience()), r.Timeout-elapsed)
		if err := r.sitOut(ctx, waits, elapsed, d); err != nil {
			return r.result(ctx, plan), context.Cause(ctx)
		}
	}
}

// sitOut lets d pass, and says so at least as often as a run without trouble would look again: a job that is silent for long
// is taken for dead.
func (r *run) sitOut(ctx context.Context, waits []waiting, elapsed, d time.Duration) error {
	e := Event{Type: Waiting, Message: describe(waits), Count: len(waits), Waits: byName(waits)}
	for d > 0 {
		e.Elapsed, e.Next = elapsed, d
		r.world.tell(e)
		step := min(d, lastPause)
		if err := r.world.Clock.Wait(ctx, step); err != nil {
			return err
		}
		elapsed, d = elapsed+step, d-step
	}
	return nil
}

// pass makes what can be made now. It returns the plan that it acted on, which knows what the artifacts need, and how many
// changes it tried.
func (r *run) pass(ctx context.Context, plan Plan) (Plan, int) {
	r.preflight(ctx, plan)
	if known, err := r.withNeeds(ctx, plan); err == nil {
		plan = known
	}
	return plan, r.act(ctx, plan)
}

// observe reads what is not settled yet and diffs.
func (r *run) observe(ctx context.Context) (Plan, error) { return r.read(ctx, r.queries()) }

// read puts the queries and diffs.
func (r *run) read(ctx context.Context, queries []observed.Query) (Plan, error) {
	began := r.world.Clock.Now()
	snapshot, err := r.world.Observer.Observe(ctx, queries)
	if err != nil {
		return Plan{}, err
	}
	r.looks++
	r.tellServed(snapshot, began)
	r.snapshot, r.lastRead, r.observedAt = r.snapshot.With(snapshot), snapshot, began
	for name, p := range snapshot {
		if p.State == observed.Absent || p.State.Coming() || standing(p.State) {
			r.policy.Unserved[name] = true
		}
		if _, seen := r.servedAt[name]; !seen && p.State == observed.Served {
			r.servedAt[name] = began
		}
		if p.Unread() || r.policy.settles() && untold(p.Trust) {
			r.blind[name]++
		} else {
			delete(r.blind, name)
		}
	}
	plan := r.movedBack(Diff(r.want, r.snapshot, r.policy))
	r.world.tell(Event{Type: Observed, Count: len(queries), Plan: &plan})
	return plan, nil
}

// tellServed tells of the versions that are served now and were not when they were last looked at.
func (r *run) tellServed(snapshot observed.Snapshot, now time.Time) {
	for _, name := range slices.Sorted(maps.Keys(snapshot)) {
		p := snapshot[name]
		before, seen := r.snapshot[name]
		if !seen || p.State != observed.Served || before.State == observed.Served {
			continue
		}
		e := Event{Type: NowServed, Package: name, Version: p.Version}
		if rec, ok := r.ledger.look(key{Publish, name, p.Version}); ok && rec.ours {
			e.Elapsed = now.Sub(rec.at)
		}
		r.world.tell(e)
	}
}

// movedBack adds findings for dist-tags that point lower than this run has seen them. A registry moves a dist-tag with
// each publish, whichever comes last, so that is what two releases that overlap can leave behind.
func (r *run) movedBack(plan Plan) Plan {
	for _, p := range plan.Packages() {
		current, highest := p.DistTags[p.release.DistTag], r.highest[p.Name]
		tagged, _ := p.Condition(Tagged)
		switch {
		case p.release.Rollback, tagged.Reason == ReasonRolledBack: // a human took it back
		case current.Compare(highest) > 0:
			r.highest[p.Name] = current
		case current != "" && current.Compare(highest) < 0 && p.held == "":
			plan.Findings = append(plan.Findings, Finding{
				Type: MovedBack, Severity: Error, Package: p.Name, Version: highest,
				Message: fmt.Sprintf("%s of %s pointed at %s and has moved back to %s: two releases overlapped",
					p.release.DistTag, p.Name, highest, current),
				Next: fmt.Sprintf("npm dist-tag add %s@%s %s; then release one at a time", p.Name, highest, p.release.DistTag),
			})
		}
	}
	plan.sort()
	plan.Summary = plan.summarize()
	return plan
}

// patience is for how long the registry asked to be left alone when it was last read.
func (r *run) patience() time.Duration {
	var longest time.Duration
	for _, p := range r.lastRead {
		longest = max(longest, delay(p.Err)-r.world.Clock.Now().Sub(r.observedAt))
	}
	return longest
}

// delay returns how long the registry asked to be left alone, by an error of its answer.
func delay(err error) time.Duration {
	var busy interface{ Delay() time.Duration }
	if errors.As(err, &busy) {
		return busy.Delay()
	}
	return 0
}
