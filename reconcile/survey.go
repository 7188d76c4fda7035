package reconcile

import (
	"context"

	"github.com/agent-facets/facets-reconcile/observed"
)

// Survey is Preview for who also wants to know what the plan rests on.
func Survey(ctx context.Context, world World, want Desired, policy Policy) (Plan, observed.Snapshot, error) {
	r := newRun(world, want, policy, Options{})
	plan, err := r.observe(ctx)
	return plan, r.snapshot, err
}
