package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
)

// clock is the time of a world in which one process works at a time: whoever waits moves it on, so that hours cost nothing.
// It serves what the program that is built with the tag "simulated" asks of $FACETS_CLOCK.
type clock struct {
	url string

	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	GinkgoHelper()
	c := &clock{now: time.Now().UTC().Truncate(time.Second).Add(time.Second)}
	server := httptest.NewServer(http.HandlerFunc(c.serve))
	DeferCleanup(server.Close)
	c.url = server.URL
	return c
}

// Now is the true time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// toWholeSecond lets the rest of a second pass. ID tokens have whole seconds only, and messages tell their age: it must not depend on how
// the pauses before, some of which are drawn by chance, have ended.
func (c *clock) toWholeSecond() {
	now := c.Now()
	c.pass(now.Truncate(time.Second).Add(time.Second).Sub(now))
}

// address is the $FACETS_CLOCK of a machine whose own clock is wrong by skew.
func (c *clock) address(skew time.Duration) string { return c.url + "/" + skew.String() }

func (c *clock) serve(rw http.ResponseWriter, r *http.Request) {
	skew, err := time.ParseDuration(strings.TrimPrefix(r.URL.Path, "/"))
	if wait := r.URL.Query().Get("for"); wait != "" && err == nil {
		var d time.Duration
		d, err = time.ParseDuration(wait)
		c.pass(d)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = fmt.Fprintln(rw, c.Now().Add(skew).Format(time.RFC3339Nano)) // a process that was killed reads no more
}
