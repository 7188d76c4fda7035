package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

const (
	firstPause = time.Second
	lastPause  = 30 * time.Second
	// maxFailures is after how many failed readings in a row a package is not read again.
	maxFailures = 4
)

// backoff lengthens the pauses between passes that find nothing to do. A scan takes minutes, so that looking often is of no use.
type backoff struct{ passes int }

func (b *backoff) next() time.Duration {
	pause := firstPause
	for range b.passes {
		pause = min(pause*3/2, lastPause)
	}
	b.passes++
	return pause
}

// waiting is a package that only time or somebody else can bring further.
type waiting struct {
	name    spec.Name
	why     string
	until   time.Time // nothing comes before; zero: it may come at any time
	derived bool      // it waits only for packages that are already in this list; its deadline does not count
}

// inVain tells whether everything that is waited for comes after the deadline, so that the run may as well end now.
func inVain(waits []waiting, deadline time.Time) bool {
	later := false
	for _, w := range waits {
		switch {
		case w.derived:
		case w.until.Before(deadline):
			return false
		default:
			later = true
		}
	}
	return later
}

// waits lists the packages that only time or somebody else can bring further. An empty list ends the run.
func (r *run) waits(plan Plan) []waiting {
	var waits []waiting
	packages := plan.Packages()
	givenUp := r.givenUp(packages)
	for _, p := range packages {
		if !p.InScope() || givenUp[p.release] {
			continue
		}
		if r.worthRereading(p.Name) {
			waits = append(waits, waiting{name: p.Name, why: "to be readable"})
			continue
		}
		for _, c := range p.Changes {
			if w := r.awaits(plan, p, c); w.why != "" {
				w.name = p.Name
				waits = append(waits, w)
			}
		}
	}
	return waits
}

// worthRereading tells whether the package could not be read and should be read again. What the registry has accepted is read until the
// deadline, everything else a few times in a row.
func (r *run) worthRereading(name spec.Name) bool {
	is, progress := r.snapshot[name], r.progress(name)
	switch {
	case progress.failures == 0, errors.Is(is.Err, spec.ErrNoAccess): // no time changes who is logged in
		return false
	case progress.failures < maxFailures, r.Await:
		return true
	}
	return is.Version != "" && is.State != observed.Served && progress.publicAttempt().accepted()
}

// describe says what is waited for: "12 packages to be served (a, b, c and 9 more); agent-facets for platforms to be served".
func describe(waits []waiting) string {
	byReason := map[string][]string{}
	for _, w := range waits {
		byReason[w.why] = append(byReason[w.why], string(w.name))
	}
	var parts []string
	for _, why := range slices.Sorted(maps.Keys(byReason)) {
		names := byReason[why]
		if len(names) == 1 {
			parts = append(parts, fmt.Sprintf("%s %s", names[0], why))
			continue
		}
		parts = append(parts, fmt.Sprintf("%d packages %s (%s)", len(names), why, Enumerate(names)))
	}
	return strings.Join(parts, "; ")
}

func byName(waits []waiting) map[spec.Name]string {
	all := map[spec.Name]string{}
	for _, w := range waits {
		all[w.name] = w.why
	}
	return all
}

// awaits tells why a change of p is waited for, and until when at least. The zero waiting means that it is not: it can be made now, or no
// time brings it on.
func (r *run) awaits(plan Plan, p Package, c Change) waiting {
	progress, now := r.progress(p.Name), r.world.Clock.Now()
	last, authorization := progress.lastAttempt(c.Action), progress.release.authorization
	switch {
	case c.Action == Wait:
		return r.awaitsRegistry(p, c)
	case c.Action == Tag && progress.tagLags(now):
		return waiting{why: "for the dist-tag to show"}
	case c.Action == Deprecate && last.lags(now, last.at):
		return waiting{why: "for the deprecation to show"}
	case c.Action == Settings && c.Reason == ReasonAccess && !c.Blocked() && last.lags(now, last.at):
		return waiting{why: "for the access to show"}
	case last.postponed(now):
		return waiting{why: "for the registry to take requests again", until: last.again}
	case c.Action == Seed && last.inDoubt(now):
		return waiting{why: "to show whether they landed"}
	case c.Action == Approve && r.Await:
		return waiting{why: "to be approved by a human"}
	case c.Action == Approve && last.inDoubt(now):
		return waiting{why: "to show whether they landed"}
	case c.Action == Approve && c.Blocked() && r.world.can(Approve) && r.policy.makes(Approve) && r.coming(plan, c):
		return waiting{why: "for " + awaited(p, c) + " to be served", derived: !elsewhere(plan, c)}
	case c.Action != p.upload():
		return waiting{}
	case now.Before(authorization.again):
		return waiting{why: authorization.what, until: authorization.again}
	case r.Await:
		return waiting{why: "to be published"}
	case last.inDoubt(now):
		return waiting{why: "to show whether they landed"}
	case c.Blocked() && r.world.Publisher != nil && r.coming(plan, c):
		return waiting{why: "for " + awaited(p, c) + " to be served", derived: !elsewhere(plan, c)}
	}
	return waiting{}
}

// awaitsRegistry tells why a version that the registry has taken is waited for. Only the command wait waits for a human to approve a staged
// version; apply ends with what a human has to do.
func (r *run) awaitsRegistry(p Package, c Change) waiting {
	switch {
	case c.Actor == Registry && p.release.Staged && c.Reason == ReasonValidating:
		return waiting{why: "to be scanned"}
	case c.Actor == Registry:
		return waiting{why: "to be served"}
	case c.Reason == ReasonStaged && r.Await:
		return waiting{why: "to be approved by a human"}
	}
	return waiting{}
}

// awaited returns the word for what a publish waits for.
func awaited(p Package, c Change) string {
	platform := func(b Blocker) bool {
		_, ok := p.release.PlatformVersion(b.Name)
		return ok
	}
	for _, b := range c.BlockedBy {
		if !platform(b) {
			return "what it needs"
		}
	}
	return "platforms"
}

// elsewhere tells whether another node has to publish some of what blocks c.
func elsewhere(plan Plan, c Change) bool {
	return slices.ContainsFunc(plan.Packages(), func(p Package) bool {
		return !p.InScope() && slices.ContainsFunc(c.BlockedBy, func(b Blocker) bool { return b.Name == p.Name })
	})
}

// coming tells whether everything that blocks c is on its way.
func (r *run) coming(plan Plan, c Change) bool {
	return !slices.ContainsFunc(c.BlockedBy, func(b Blocker) bool {
		scanned := b.Condition == Staged && r.snapshot[b.Name].State == observed.Validating
		return b.Why != "" || !scanned && (b.Condition != Served || !r.expects(plan, b.Name))
	})
}

// expects tells whether the version of a package is to be expected: accepted, perhaps landed, or another node's or pipeline's to publish.
// One that waits for itself never comes.
func (r *run) expects(plan Plan, name spec.Name) bool {
	packages := plan.Packages()
	i := slices.IndexFunc(packages, func(p Package) bool { return p.Name == name })
	if i < 0 || packages[i].cyclic {
		return false
	}
	state, published, now := r.snapshot[name].State, r.progress(name).publicAttempt(), r.world.Clock.Now()
	others := (!packages[i].InScope() || packages[i].lookedAt()) && (state == observed.Absent || state == observed.Unknown || state == "")
	return state.Coming() || others || published.inDoubt(now) || r.worthRereading(name) || published.postponed(now)
}

// givenUp returns the releases that have failed in this run. To wait for the rest of such a release is of no use.
func (r *run) givenUp(packages []Package) map[*desired.Release]bool {
	givenUp := map[*desired.Release]bool{}
	for _, p := range packages {
		if r.Await && !p.InScope() { // wait --package NAME does not ask for the other packages
			continue
		}
		progress := r.progress(p.Name)
		c, _ := p.Condition(Served)
		failed := progress.uploadAttempt().final() || progress.publicAttempt().final() || progress.release.preflight != nil
		if failed || c.Reason == ReasonBurnt || c.Reason == ReasonBlocked {
			givenUp[p.release] = true
		}
	}
	return givenUp
}

// waitAndReport lets d pass, and sends an event at least every lastPause: CI systems end a job that is silent for long.
func (r *run) waitAndReport(ctx context.Context, waits []waiting, elapsed, d time.Duration) error {
	e := Event{Type: Waiting, Message: describe(waits), Count: len(waits), Waits: byName(waits)}
	for d > 0 {
		e.Elapsed, e.Next = elapsed, d
		r.world.emit(e)
		step := min(d, lastPause)
		if err := r.world.Clock.Wait(ctx, step); err != nil {
			return err
		}
		elapsed, d = elapsed+step, d-step
	}
	return nil
}
