package reconcile

import (
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// EventType says what an Event is about.
type EventType string

// The events.
const (
	Begun     EventType = "begun"    // a run begins; the first event
	Observed  EventType = "observed" // a pass has read what is, Count packages, and found Plan
	Started   EventType = "started"  // a change begins
	Sending   EventType = "sending"  // of an upload: Sent of Size bytes have left
	Finished  EventType = "finished" // a change ended with Outcome
	Waiting   EventType = "waiting"  // for Next there is nothing to do but to wait for what Message names; sent at least every 30 s
	NowServed EventType = "served"   // a version has come to be served; Elapsed since this run published it
	Noted     EventType = "noted"    // Message says what should be known of Count packages before they are published; nothing stops for it
	Ended     EventType = "ended"    // the run is over, with whatever result; the last event
)

// Event is a step of a run, for those who watch it. They must neither keep nor change what it points at.
type Event struct {
	Type    EventType
	Action  Action
	Package spec.Name
	Version spec.Version
	Outcome Outcome
	Message string
	Count   int
	Elapsed time.Duration // since the change, the waiting or the run began
	Next    time.Duration

	Sent, Size int64                // bytes of the tarball
	Plan       *Plan                // of Observed
	Waits      map[spec.Name]string // of Waiting: what each package waits for, as in "to be served"
}

func (w World) emit(e Event) {
	if w.Progress != nil {
		w.Progress(e)
	}
}
