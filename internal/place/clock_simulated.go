//go:build simulated

package place

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm"
)

// patience is how long the simulated program waits, in real time, for an answer of the registry.
const patience = 3 * time.Second

// NewClock returns the clock that $FACETS_CLOCK serves to the processes of one test, in which an hour passes as soon as all
// of them wait. It is not part of the product: only a build with the tag "simulated" has it.
//
//	GET  /        the present, in RFC 3339
//	POST /?for=D  answers when D has passed, with the present
func NewClock() (Clock, error) {
	address := os.Getenv("FACETS_CLOCK")
	if address == "" {
		return nil, errors.New("this program is built for tests, with the tag simulated: FACETS_CLOCK must name its clock")
	}
	c := &servedClock{address: address, client: &http.Client{Transport: &http.Transport{}}}
	return c, c.ask(context.Background(), http.MethodGet, "")
}

type servedClock struct {
	address string
	client  *http.Client

	mu  sync.Mutex
	now time.Time
}

// Now returns the time that the clock showed when this process last waited: it stands still while a process works.
func (c *servedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *servedClock) Wait(ctx context.Context, d time.Duration) error {
	err := c.ask(ctx, http.MethodPost, "?"+url.Values{"for": {d.String()}}.Encode())
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// ask uses a new connection for each question, so that none outlives the process's work.
func (c *servedClock) ask(ctx context.Context, method, query string) error {
	req, err := http.NewRequestWithContext(ctx, method, c.address+query, nil)
	if err != nil {
		return err
	}
	req.Close = true
	resp, err := c.client.Do(req)
	if err != nil {
		return fmt.Errorf("asking the simulated clock: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("asking the simulated clock: %w", err)
	}
	now, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("asking the simulated clock: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
	return nil
}

func (c *servedClock) limit(o *npm.Options) { o.ReadTimeout, o.PublishTimeout = patience, patience }
