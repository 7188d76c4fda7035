//go:build !simulated

package place

import (
	"context"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm"
)

// NewClock returns the time of the wall. A program that is built with the tag "simulated" has another clock.
func NewClock() (Clock, error) { return wallClock{}, nil }

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// limit leaves the client its own timeouts.
func (wallClock) limit(*npm.Options) {}
