package reconcile

import (
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// EventType says what an Event tells.
type EventType string

// The events.
const (
	Begun     EventType = "begun"    // a run begins; the first event
	Observed  EventType = "observed" // a pass has read what is, Count packages, and found Plan
	Started   EventType = "started"  // a change begins
	Sending   EventType = "sending"  // of an upload: Sent of Size bytes have left
	Finished  EventType = "finished" // a change ended with Outcome
	Waiting   EventType = "waiting"  // nothing to do for Next, but to wait for what Message names; told at least every 30 s
	NowServed EventType = "served"   // a version that was not served before is; Elapsed since this run published it
	Noted     EventType = "noted"    // Message is to be known of Count packages before they are published; nothing stops for it
	Ended     EventType = "ended"    // the run is over, whatever came of it; the last event
)

// Event is a step of a run, for those who watch. What it points at is not to be kept or changed.
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

func (w World) tell(e Event) {
	if w.Progress != nil {
		w.Progress(e)
	}
}
