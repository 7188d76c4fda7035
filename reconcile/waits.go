package reconcile

import (
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

	// doubt is how long a version is looked for whose publish was answered neither yes nor no. Longer is of no use: in its
	// scan it would not show, and a later run finds out with one request.
	doubt = 2 * time.Minute
	// lag is how long a dist-tag or a deprecation that this run has set may take to show. The answers of registries are cached
	// for minutes.
	lag = 6 * time.Minute
	// unreadableLooks is how often in a row a package is looked at that cannot be read.
	unreadableLooks = 4
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

// waiting is a package that only time, or somebody else, will bring on.
type waiting struct {
	name   spec.Name
	why    string
	until  time.Time // nothing comes before; zero: it may come at any time
	others bool      // it is for other packages, which wait themselves
}

// inVain tells whether all that is waited for comes after the deadline.
func inVain(waits []waiting, deadline time.Time) bool {
	later := false
	for _, w := range waits {
		switch {
		case w.others:
		case w.until.Before(deadline):
			return false
		default:
			later = true
		}
	}
	return later
}

// waits names what only time, or somebody else, will bring.
func (r *run) waits(plan Plan) []waiting {
	var waits []waiting
	packages := plan.Packages()
	stopped := r.stopped(packages)
	for _, p := range packages {
		if p.held != "" || stopped[p.release] {
			continue
		}
		if why := r.unread(p.Name); why != "" {
			waits = append(waits, waiting{name: p.Name, why: why})
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

// unread tells whether the package could not be read and is worth another look: what the registry has accepted is waited for
// to the deadline, all else for a few looks in a row.
func (r *run) unread(name spec.Name) string {
	switch p := r.snapshot[name]; {
	case r.blind[name] == 0, errors.Is(p.Err, spec.ErrNoAccess): // no time changes who is logged in
		return ""
	case r.blind[name] < unreadableLooks, r.Await, p.Version != "" && p.State != observed.Served && r.accepted(name, p.Version):
		return "to be readable"
	}
	return ""
}

func (r *run) accepted(name spec.Name, version spec.Version) bool {
	rec, ok := r.ledger.look(key{Publish, name, version})
	return ok && rec.accepted
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

func (r *run) awaits(plan Plan, p Package, c Change) waiting {
	rec, _ := r.ledger.look(c.key(p))
	switch unasked := r.unasked[p.release]; {
	case c.Action == Wait:
		return r.wait(c)
	case c.Action == Tag && r.fresh(p):
		return waiting{why: "for the dist-tag to show"}
	case c.Action == Deprecate && rec.accepted && r.world.Clock.Now().Sub(rec.at) < lag:
		return waiting{why: "for the deprecation to show"}
	case r.postponed(c.key(p)):
		return waiting{why: "for the registry to take requests again", until: rec.again}
	case c.Action == Seed && r.doubtedSeed(p):
		return waiting{why: "to show whether they landed"}
	case c.Action != Publish:
		return waiting{}
	case r.world.Clock.Now().Before(unasked.again):
		return waiting{why: "for the registry to say whether they may be published", until: unasked.again}
	case r.Await:
		return waiting{why: "to be published"}
	case r.doubted(p):
		return waiting{why: "to show whether they landed"}
	case c.Blocked() && r.world.Publisher != nil && r.pending(plan, c):
		return waiting{why: "for " + whose(p, c) + " to be served", others: !elsewhere(plan, c)}
	}
	return waiting{}
}

// wait tells what a version that the registry has is waited for. For a human who approves one only those wait who do nothing else.
func (r *run) wait(c Change) waiting {
	switch {
	case c.Actor == Registry:
		return waiting{why: "to be served"}
	case c.Reason == ReasonStaged && r.Await:
		return waiting{why: "to be approved by a human"}
	}
	return waiting{}
}

// whose are the packages that a publish waits for, in words.
func whose(p Package, c Change) string {
	platform := func(b Blocker) bool {
		return slices.ContainsFunc(p.release.Platforms(), func(other desired.Package) bool { return other.Name == b.Name })
	}
	for _, b := range c.blockers {
		if !platform(b) {
			return "what it needs"
		}
	}
	return "platforms"
}

// elsewhere tells whether another node has to bring some of what blocks c.
func elsewhere(plan Plan, c Change) bool {
	return slices.ContainsFunc(plan.Packages(), func(p Package) bool {
		return p.held != "" && slices.ContainsFunc(c.blockers, func(b Blocker) bool { return b.Name == p.Name })
	})
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
	packages := plan.Packages()
	i := slices.IndexFunc(packages, func(p Package) bool { return p.Name == name })
	if i < 0 {
		return false
	}
	p, state := packages[i], r.snapshot[name].State
	others := p.held != "" && (state == observed.Absent || state == observed.Unknown || state == "") // another node's
	return state.Coming() || others || r.doubted(p) ||
		r.unread(name) != "" || r.postponed(key{Publish, name, p.Version})
}

// stopped are the releases that have failed in this run: waiting for the rest of one is of no use then.
func (r *run) stopped(packages []Package) map[*desired.Release]bool {
	stopped := map[*desired.Release]bool{}
	for _, p := range packages {
		if r.Await && p.held != "" { // who waits for some of its packages does not ask for the rest
			continue
		}
		rec, _ := r.ledger.look(key{Publish, p.Name, p.Version})
		failed := rec.change.Outcome == Failed && rec.again.IsZero()
		c, _ := p.Condition(Served)
		if failed || c.Reason == ReasonBurnt || c.Reason == ReasonBlocked || r.preflights[p.release] != nil {
			stopped[p.release] = true
		}
	}
	return stopped
}

func (r *run) doubted(p Package) bool {
	rec, ok := r.ledger.look(key{Publish, p.Name, p.Version})
	return ok && rec.change.Outcome == Doubted && r.world.Clock.Now().Sub(rec.at) < doubt
}

func (r *run) doubtedSeed(p Package) bool {
	rec, ok := r.ledger.look(key{Seed, p.Name, ""})
	return ok && rec.change.Outcome == Doubted && r.world.Clock.Now().Sub(rec.at) < doubt
}

// fresh tells whether this run set the dist-tag, by publishing or by itself, so recently that it may not show yet.
func (r *run) fresh(p Package) bool {
	for _, action := range []Action{Publish, Tag} {
		rec, ok := r.ledger.look(key{action, p.Name, p.Version})
		since := rec.at
		if served := r.servedAt[p.Name]; served.After(since) {
			since = served // its dist-tag shows no earlier
		}
		if ok && rec.accepted && r.world.Clock.Now().Sub(since) < lag {
			return true
		}
	}
	return false
}

// postponed tells whether the registry asked to be left alone before it takes this change.
func (r *run) postponed(k key) bool {
	rec, ok := r.ledger.look(k)
	return ok && !rec.again.IsZero() && r.world.Clock.Now().Before(rec.again)
}
