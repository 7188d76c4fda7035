package reconcile

import (
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

	// doubt is how long a version is looked for whose publish was answered neither yes nor no. Longer is of no use: in its
	// scan it would not show, and a later run finds out with one request.
	doubt = 2 * time.Minute
	// lag is how long a dist-tag that this run has set may take to show. The answers of registries are cached for minutes.
	lag = 6 * time.Minute
	// unreadablePasses is how often in a row a run tries again to read when there is nothing else to do.
	unreadablePasses = 3
)

// backoff lengthens the pauses between passes that find nothing to do.
type backoff struct{ passes int }

func (b *backoff) next() time.Duration {
	pause := firstPause
	for range b.passes {
		pause = min(pause*3/2, lastPause)
	}
	b.passes++
	return pause
}

// queries asks for what is not settled, with the evidence of this run.
func (r *run) queries() []observed.Query {
	settled, trusted := map[spec.Name]bool{}, map[spec.Name]bool{}
	if r.snapshot != nil {
		for _, p := range Diff(r.want, r.snapshot, r.policy).Packages() {
			settled[p.Name] = !p.release.Selected || len(p.Changes) == 0 && p.settled()
			trusted[p.Name] = p.is(Trusted, True)
		}
	}
	var queries []observed.Query
	for _, release := range r.want.Releases {
		for _, p := range release.Packages {
			if settled[p.Name] {
				continue
			}
			q := r.ledger.query(p.Name, release.Version)
			if known := r.snapshot[p.Name].Trust; trusted[p.Name] {
				q.Trust = &known
			}
			queries = append(queries, q)
		}
	}
	return queries
}

// settled tells whether all conditions of the package are as they should be. Trusted Unknown alone is never drift.
func (p Package) settled() bool {
	for _, c := range p.Conditions {
		if c.Status != True && c.Reason != ReasonNextRelease && (c.Type != Trusted || c.Status == False) {
			return false
		}
	}
	return true
}

// waiting is a package that only time, or somebody else, will bring on.
type waiting struct {
	name spec.Name
	why  string
}

// waits names what only time, or somebody else, will bring; idle is how many passes found nothing to do.
func (r *run) waits(plan Plan, idle int) []waiting {
	var waits []waiting
	unreadable := map[spec.Name]bool{}
	for _, f := range plan.Findings {
		unreadable[f.Package] = unreadable[f.Package] || f.Type == Unreadable
	}
	for _, p := range plan.Packages() {
		if p.held != "" || r.stopped(plan, p.release) {
			continue
		}
		if unreadable[p.Name] && idle < unreadablePasses {
			waits = append(waits, waiting{p.Name, "to be readable"})
			continue
		}
		for _, c := range p.Changes {
			if why := r.awaits(plan, p, c); why != "" {
				waits = append(waits, waiting{p.Name, why})
			}
		}
	}
	return waits
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

func (r *run) awaits(plan Plan, p Package, c Change) string {
	switch {
	case c.Action == Wait:
		return "to be served"
	case c.Action == Tag && r.fresh(p):
		return "for the dist-tag to show"
	case c.Action != Publish:
		return ""
	case r.Await:
		return "to be published"
	case r.doubted(p):
		return "to show whether they landed"
	case c.Blocked() && r.world.Publisher != nil && r.pending(plan, c):
		return "for platforms to be served"
	}
	return ""
}

// pending tells whether everything that blocks c is on its way.
func (r *run) pending(plan Plan, c Change) bool {
	for _, b := range c.blockers {
		if b.Why != "" || b.Condition != Served || !r.comes(plan, b.Name) {
			return false
		}
	}
	return true
}

// comes tells whether the version of a package is to be expected: accepted, perhaps landed, or another node's to publish.
func (r *run) comes(plan Plan, name spec.Name) bool {
	for _, p := range plan.Packages() {
		if p.Name == name {
			state := r.snapshot[name].State
			return state == observed.Accepted || state == observed.Absent && p.held != "" || r.doubted(p)
		}
	}
	return false
}

// stopped tells whether the release has failed in this run: waiting for the rest of it is of no use then.
func (r *run) stopped(plan Plan, release *desired.Release) bool {
	if r.preflights[release] != nil {
		return true
	}
	for _, p := range plan.Packages() {
		if p.release == release {
			if rec, ok := r.ledger.look(key{Publish, p.Name, p.Version}); ok && rec.change.Outcome == Failed {
				return true
			}
		}
	}
	return false
}

func (r *run) doubted(p Package) bool {
	rec, ok := r.ledger.look(key{Publish, p.Name, p.Version})
	return ok && rec.change.Outcome == Doubted && r.world.Clock.Now().Sub(rec.at) < doubt
}

// fresh tells whether this run published the version so recently that its dist-tag may not show yet.
func (r *run) fresh(p Package) bool {
	rec, ok := r.ledger.look(key{Publish, p.Name, p.Version})
	return ok && rec.accepted && r.world.Clock.Now().Sub(rec.at) < lag
}
