package reconcile

import (
	"context"

	"github.com/agent-facets/facets-reconcile/observed"
)

// Survey is Preview for who also wants to know what the plan rests on. Where the world has an Inspector, the artifacts of what
// would be published are judged too.
func Survey(ctx context.Context, world World, want Desired, policy Policy, options Options) (Plan, observed.Snapshot, error) {
	r := newRun(world, want, policy, options)
	plan, err := r.preview(ctx)
	if err == nil && world.Inspector != nil {
		plan, err = r.inspectPlan(ctx, plan)
	}
	if err != nil {
		return plan, r.snapshot, err
	}
	return Accept(plan, want, world.Clock.Now()), r.snapshot, nil
}
