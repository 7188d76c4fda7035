package live

import (
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// phase is the step at which a package is.
type phase int

// The phases, the most urgent first: where there is room for a few lines only, these are shown.
const (
	sending  phase = iota // its tarball is on the way
	working               // another change is being made, or its tarball is being packed
	stopped               // it came to an end before it was there
	doubted               // its upload was answered neither yes nor no
	scanning              // accepted, and not served yet
	blocked               // its platforms come first
	idle                  // its turn has not come
	settled               // nothing to do for now
	served
)

// row is what is known of one package.
type row struct {
	name    spec.Name
	version spec.Version // of the release; empty: it has none
	awaited bool         // the version is to be served in the end
	phase   phase
	since   time.Time // when the phase began; zero: before this run
	waits   string    // what the package waits for, by the run's words
	ending  string    // of what is stopped

	// Of the change under way, in the phases working and sending.
	action   reconcile.Action
	what     spec.Version
	lastLine time.Time // when something of it was last said in a log
	upload   upload
}

// underWay tells whether a change of the package is being made.
func (r *row) underWay() bool { return r.phase == working || r.phase == sending }

func (r *row) enter(p phase, at time.Time) { r.phase, r.since, r.waits = p, at, "" }

// begin records that a change begins.
func (r *row) begin(e reconcile.Event, now time.Time) {
	r.enter(working, now)
	r.action, r.what, r.lastLine = e.Action, e.Version, now
	r.upload = upload{}
}

// end records that a change has ended.
func (r *row) end(e reconcile.Event, now time.Time) {
	switch {
	case e.Outcome == reconcile.Done && (e.Action == reconcile.Publish || e.Action == reconcile.Approve):
		r.enter(scanning, now)
	case e.Outcome == reconcile.Done:
		r.enter(settled, now)
	case e.Outcome == reconcile.Doubted:
		r.enter(doubted, now)
	case e.Outcome == reconcile.Refused:
		r.stop("left to a human", now)
	default:
		r.stop("failed", now)
	}
}

func (r *row) stop(ending string, now time.Time) {
	r.enter(stopped, now)
	r.ending = ending
}

// update records what a pass has found. A failure of this run stays shown until the change is tried again, or the version is there after
// all.
func (r *row) update(p reconcile.Package) {
	r.version = p.Version
	is, _ := p.Condition(reconcile.Served)
	accepted, _ := p.Condition(reconcile.Published)
	next := settled
	for _, c := range p.Changes {
		next = min(next, idle)
		if (c.Action == reconcile.Publish || c.Action == reconcile.Approve) && waitsForPlatforms(c) {
			next = blocked
		}
		r.awaited = r.awaited || c.Action == reconcile.Publish || c.Action == reconcile.Wait
	}
	switch {
	case r.underWay():
	case is.Status == reconcile.True:
		r.markServed()
	case accepted.Status == reconcile.True && is.Reason == "Conflict":
		r.stop("in conflict", r.since)
	case accepted.Status == reconcile.True && r.phase != scanning:
		r.enter(scanning, time.Time{})
	case accepted.Status == reconcile.True, r.phase == stopped, r.phase == doubted:
	default:
		r.phase, r.waits = next, ""
	}
}

// markServed records that the version is served.
func (r *row) markServed() {
	r.enter(served, r.since)
	r.awaited = true
}

func waitsForPlatforms(c reconcile.Change) bool {
	for _, b := range c.BlockedBy {
		if b.Why != "" || b.Condition != reconcile.Served {
			return false
		}
	}
	return c.Blocked()
}
