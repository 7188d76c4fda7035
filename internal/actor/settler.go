package actor

import (
	"context"
	"errors"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Settler sets, as a human, what npm keeps of a package beside its versions.
type Settler struct{ Registry *npm.Client }

// Settle sets what s says. Where one setting is refused the other is tried all the same, as the reasons differ: npm wants to be paid for a
// restricted package, and not for one whose tokens are forbidden.
func (t Settler) Settle(ctx context.Context, name spec.Name, s reconcile.Setting) error {
	var failures []error
	if s.Access != "" {
		failures = append(failures, t.Registry.SetAccess(ctx, name, s.Access))
	}
	if s.Tokens != "" && ctx.Err() == nil {
		failures = append(failures, t.Registry.SetTokens(ctx, name, s.Tokens))
	}
	return errors.Join(failures...)
}
