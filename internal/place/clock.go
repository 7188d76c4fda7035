//go:build !simulated

package place

import (
	"context"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm"
)

// NewClock returns the real clock. A program that is built with the tag "simulated" has another one.
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

// limit changes nothing: the client keeps its own timeouts.
func (wallClock) limit(*npm.Options) {}
