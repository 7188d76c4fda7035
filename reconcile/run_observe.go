package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// observe reads the packages that are not settled yet, and diffs. Settled packages are not read again.
func (r *run) observe(ctx context.Context) (Plan, error) { return r.read(ctx, r.queries()) }

// read reads what the queries ask for, records it, and diffs.
func (r *run) read(ctx context.Context, queries []observed.Query) (Plan, error) {
	began := r.world.Clock.Now()
	snapshot, err := r.world.Observer.Observe(ctx, queries)
	if err != nil {
		return Plan{}, err
	}
	r.emitServed(snapshot, began)
	r.snapshot, r.observations, r.observedAt, r.busyUntil = r.snapshot.With(snapshot), r.observations+1, began, began
	for name, p := range snapshot {
		if p.State == observed.Absent || p.State.Coming() || immovable(p.State) {
			r.policy.Unserved[name] = true
		}
		r.progress(name).recordObservation(p, began, p.Unread() || r.policy.asksWhoIsTrusted() && trustNotRead(p.Trust))
		if until := began.Add(delay(p.Err)); until.After(r.busyUntil) {
			r.busyUntil = until
		}
	}
	plan := r.movedBack(Diff(r.want, r.snapshot, r.policy))
	r.world.emit(Event{Type: Observed, Count: len(queries), Plan: &plan})
	return plan, nil
}

// emitServed sends an event for each version that is served now and was not when it was last read.
func (r *run) emitServed(snapshot observed.Snapshot, now time.Time) {
	for _, name := range slices.Sorted(maps.Keys(snapshot)) {
		p := snapshot[name]
		before, seen := r.snapshot[name]
		if !seen || p.State != observed.Served || before.State == observed.Served {
			continue
		}
		e := Event{Type: NowServed, Package: name, Version: p.Version}
		if published := r.progress(name).publicAttempt(); published.ours() {
			e.Elapsed = now.Sub(published.at)
		}
		r.world.emit(e)
	}
}

// movedBack adds findings for dist-tags that point lower than this run has seen them before. Two releases that overlap can leave this
// behind: each publish moves the dist-tag, and the last one wins, whichever version it has.
func (r *run) movedBack(plan Plan) Plan {
	for _, p := range plan.Packages() {
		current, progress := p.DistTags[p.release.DistTag], r.progress(p.Name)
		highest := progress.highest
		tagged, _ := p.Condition(Tagged)
		switch {
		case p.release.Rollback, tagged.Reason == ReasonRolledBack: // a human has moved it back
		case current.Compare(highest) > 0:
			progress.highest = current
		case current != "" && current.Compare(highest) < 0 && p.InScope():
			plan.Findings = append(plan.Findings, Finding{
				Type: MovedBack, Severity: Error, Package: p.Name, Version: highest,
				Message: fmt.Sprintf("%s of %s pointed at %s and has moved back to %s: two releases overlapped",
					p.DistTagOnNpm(), p.OnNpm(), p.declared.Home.Version(highest), p.declared.Home.Version(current)),
				Next: fmt.Sprintf("npm dist-tag add %s %s; then release one at a time", p.declared.On(highest), p.DistTagOnNpm()),
			})
		}
	}
	plan.sort()
	plan.Summary = plan.summarize()
	return plan
}

// queries returns what has to be read: the packages that are not settled, each with the evidence that this run has.
func (r *run) queries() []observed.Query {
	settled, trusted := map[spec.Name]bool{}, map[spec.Name]bool{}
	if r.snapshot != nil {
		for _, p := range Diff(r.want, r.snapshot, r.policy).Packages() {
			trustRead := !r.policy.asksWhoIsTrusted() || !trustNotRead(r.snapshot[p.Name].Trust)
			settled[p.Name] = !p.release.Selected || len(p.Changes) == 0 && p.settled() && trustRead
			_, planned := p.change(Trust)
			trusted[p.Name] = p.is(Trusted, True) && !planned
		}
	}
	var queries []observed.Query
	wanted := r.wanted()
	for _, release := range r.want.Releases {
		for _, p := range release.Packages {
			if settled[p.Name] && len(wanted[p.Name]) == 0 {
				continue
			}
			progress := r.progress(p.Name)
			q := progress.query(p.Name, release.Version)
			holder := r.progress(release.Holder(p))
			q.Home, q.Seeded = p.Home, q.Seeded || holder.lastAttempt(Seed).accepted()
			if p.Role == desired.RoleEntry {
				q.Platform, q.Beside, q.Foreign = release.PlatformName, beside(release), release.Foreign()
			}
			q.Wanted = wanted[p.Name]
			q.Due, q.Numbers = r.policy.publishes(release), r.snapshot[p.Name].Numbers
			proves := p.Tokens == spec.TokensForbidden && r.policy.names(Settings)
			if (r.policy.Token && release.Version != "" || proves) && !r.Await {
				q.Over = release.DistTag
			}
			for _, w := range release.Withdrawn {
				q.Withdrawn = append(q.Withdrawn, w.Version)
			}
			if q.Warnings = len(p.Deprecated) > 0; !progress.lastAttempt(Deprecate).tried() {
				q.Deprecated = r.snapshot[p.Name].Deprecated
			}
			set := progress.lastAttempt(Settings)
			q.TokensSet = set.accepted() && set.setting.Tokens != ""
			q.AccessSet = set.accepted() && set.setting.Access != ""
			if known := r.snapshot[p.Name].Trust; trusted[p.Name] {
				q.Trust = &known
			}
			if a := holder.lastAttempt(Trust); a.accepted() && a.change.Reason == ReasonUnlisted {
				q.Trust = &observed.Trust{Listed: true, Publishers: slices.Clone(r.want.TrustedPublishers)}
			}
			queries = append(queries, q)
		}
	}
	return queries
}

// beside returns what an entry wants of each platform that is read anyway, so that it is not read once more for its entry.
func beside(release desired.Release) map[spec.Name]string {
	wanted := map[spec.Name]string{}
	for _, p := range release.Platforms() {
		wanted[p.Name] = p.Home.Dependency(release.Version)
	}
	for _, p := range release.Apart {
		wanted[p.Name] = p.Home.Dependency(p.Version)
	}
	return wanted
}

// settled tells whether all conditions of the package are as they should be. Trusted or Locked Unknown alone is never drift.
func (p Package) settled() bool {
	for _, c := range p.Conditions {
		if c.Status != True && c.Reason != ReasonNextRelease && !c.Untold() && !p.Stands(c.Type) {
			return false
		}
	}
	return true
}
