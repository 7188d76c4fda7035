package live

import (
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Viewer shows a run to somebody. Its methods may be called from several goroutines at once.
type Viewer interface {
	// Take takes note of an event.
	Take(e reconcile.Event)
	// Tick shows what time alone has changed.
	Tick()
}

// Ticker starts to tick; stop ends it.
type Ticker func() (ticks <-chan time.Time, stop func())

// Every ticks in real time.
func Every(d time.Duration) Ticker {
	return func() (<-chan time.Time, func()) {
		t := time.NewTicker(d)
		return t.C, t.Stop
	}
}

// Watch returns the function that a run sends its events to. The viewer is ticked only while a run lasts: after the run's last event no
// goroutine is left.
func Watch(v Viewer, ticker Ticker) func(reconcile.Event) {
	var end func()
	return func(e reconcile.Event) {
		switch e.Type {
		case reconcile.Begun:
			v.Take(e)
			end = tick(v, ticker)
		case reconcile.Ended:
			if end != nil {
				end()
			}
			end = nil
			v.Take(e)
		default:
			v.Take(e)
		}
	}
}

// tick starts to tick the viewer. end stops that, and waits for the last tick.
func tick(v Viewer, ticker Ticker) (end func()) {
	ticks, stop := ticker()
	done := make(chan struct{})
	var ticking sync.WaitGroup
	ticking.Go(func() {
		for {
			select {
			case <-ticks:
				v.Tick()
			case <-done:
				return
			}
		}
	})
	return func() {
		stop()
		close(done)
		ticking.Wait()
	}
}
