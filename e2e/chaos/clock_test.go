package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// clock is the time of one schedule. It stands while anybody who attends works, and jumps to the earliest wake-up as soon as
// all of them wait: hours cost nothing, and nothing depends on how fast a process is.
//
// It serves what cmd/facets-reconcile asks of $FACETS_CLOCK in a simulated build, to each process under a path of its own.
type clock struct {
	server *httptest.Server

	mu        sync.Mutex
	now       time.Time
	attending map[int]*attendant
	last      int
}

// attendant is somebody whom the clock waits for.
type attendant struct {
	id    int
	skew  time.Duration // by how much its clock is wrong
	until time.Time     // zero: it works
	wake  chan struct{}
}

func newClock(start time.Time) *clock {
	c := &clock{now: start, attending: map[int]*attendant{}}
	c.server = httptest.NewServer(http.HandlerFunc(c.serve))
	return c
}

func (c *clock) close() { c.server.Close() }

// Now is the true time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// pass lets time go by while nobody attends.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.attending) == 0 {
		c.now = c.now.Add(d)
	}
}

// enrol lets the clock stand until whoever enrolled waits or leaves.
func (c *clock) enrol(skew time.Duration) *attendant {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	a := &attendant{id: c.last, skew: skew}
	c.attending[a.id] = a
	return a
}

func (c *clock) leave(a *attendant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.attending, a.id)
	c.advance()
}

// wait returns when d has passed, or ctx has ended: then with its error.
func (c *clock) wait(ctx context.Context, a *attendant, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	c.mu.Lock()
	wake := make(chan struct{})
	a.until, a.wake = c.now.Add(d), wake
	c.advance()
	c.mu.Unlock()
	select {
	case <-wake:
		return nil
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		a.until = time.Time{}
		return ctx.Err()
	}
}

// advance goes to the earliest wake-up if all wait. The caller holds the lock.
func (c *clock) advance() {
	var earliest time.Time
	for _, a := range c.attending {
		switch {
		case a.until.IsZero():
			return
		case earliest.IsZero() || a.until.Before(earliest):
			earliest = a.until
		}
	}
	if len(c.attending) == 0 {
		return
	}
	c.now = earliest
	for _, a := range c.attending {
		if !a.until.After(c.now) {
			a.until = time.Time{}
			close(a.wake)
		}
	}
}

// address is what the process of an attendant gets as $FACETS_CLOCK.
func (c *clock) address(a *attendant) string { return fmt.Sprintf("%s/p/%d", c.server.URL, a.id) }

func (c *clock) serve(rw http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/p/"))
	c.mu.Lock()
	a := c.attending[id]
	c.mu.Unlock()
	if err != nil || a == nil {
		http.Error(rw, "nobody of that number attends", http.StatusGone)
		return
	}
	if r.Method == http.MethodPost {
		d, err := time.ParseDuration(r.URL.Query().Get("for"))
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		if c.wait(r.Context(), a, d) != nil {
			return // the process is gone
		}
	}
	_, _ = fmt.Fprintln(rw, c.Now().Add(a.skew).Format(time.RFC3339Nano)) // a process that was killed reads no more
}
