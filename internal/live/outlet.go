package live

import (
	"bytes"
	"fmt"
	"sync"
)

// backlog is how much an Outlet holds for a device that takes nothing, in bytes: thousands of lines.
const backlog = 1 << 20

// Outlet passes on to a device what is written to it, and never makes the writer wait. That matters because a terminal may be stopped by
// Ctrl-S, or the reader of a pipe may be slow, and the registry gives up an upload that waits for them. What the device does not take in
// time is dropped, always whole writes; the number of dropped lines is written as soon as the device takes something again.
type Outlet struct {
	device Device

	mu      sync.Mutex
	changed *sync.Cond
	pending []byte
	writing bool // a write to the device is under way
	dropped int  // lines
	closed  bool
	ended   chan struct{}
}

// NewOutlet returns the outlet to a device. Close ends it.
func NewOutlet(d Device) *Outlet {
	o := &Outlet{device: d, ended: make(chan struct{})}
	o.changed = sync.NewCond(&o.mu)
	go o.pass()
	return o
}

// Fd is the device's file descriptor.
func (o *Outlet) Fd() uintptr { return o.device.Fd() }

// Write queues the text, or drops it. It has no error: a run must not fail because its display does.
func (o *Outlet) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending) > 0 && len(o.pending)+len(text) > backlog {
		o.dropped += max(1, bytes.Count(text, []byte("\n")))
		return len(text), nil
	}
	o.pending = append(o.pending, text...)
	o.changed.Broadcast()
	return len(text), nil
}

// Busy tells whether something is still waiting for the device.
func (o *Outlet) Busy() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.busy()
}

func (o *Outlet) busy() bool { return len(o.pending) > 0 || o.writing }

// Flush waits, however long, until the device has taken everything. It is called only when nothing else is under way.
func (o *Outlet) Flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.busy() {
		o.changed.Wait()
	}
}

// Close flushes, and ends the outlet.
func (o *Outlet) Close() {
	o.mu.Lock()
	o.closed = true
	o.changed.Broadcast()
	o.mu.Unlock()
	<-o.ended
}

// pass writes what is pending until the outlet is closed and nothing is left.
func (o *Outlet) pass() {
	defer close(o.ended)
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		for len(o.pending) == 0 {
			if o.closed {
				return
			}
			o.changed.Wait()
		}
		text := o.pending
		if o.dropped > 0 {
			text = fmt.Appendf(text, "(%d lines were left out here, as nobody read them in time)\n", o.dropped)
		}
		o.pending, o.dropped, o.writing = nil, 0, true
		o.mu.Unlock()
		_, _ = o.device.Write(text) // as in Write
		o.mu.Lock()
		o.writing = false
		o.changed.Broadcast()
	}
}
