package actor

import (
	"context"
	"errors"
	"fmt"

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
		failures = append(failures, t.tokens(ctx, name, s))
	}
	return errors.Join(failures...)
}

// tokens settles whether tokens may publish. Before it forbids them it lists who is trusted: the plan may not know that, or somebody may
// have changed it since.
func (t Settler) tokens(ctx context.Context, name spec.Name, s reconcile.Setting) error {
	if s.Tokens == spec.TokensForbidden {
		have, err := t.Registry.TrustedPublishers(ctx, name)
		if err != nil {
			return fmt.Errorf("tokens of %s stay as they are: %w", name, err)
		}
		if why := s.Proof.Lacks(name, have); why != "" {
			return fmt.Errorf("tokens of %s stay as they are until there is %s: %w", name, why, spec.ErrRefused)
		}
	}
	return t.Registry.SetTokens(ctx, name, s.Tokens)
}
