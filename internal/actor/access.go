package actor

import (
	"context"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Basic reads with a user name and password, where a registry takes no token: it publishes nothing.
type Basic struct{ Pair spec.Secret }

// For returns the pair.
func (b Basic) For(context.Context, spec.Name) (npm.Credential, error) {
	return npm.NewBasic(b.Pair), nil
}

// Reading gives exchanged tokens to read with. A refusal holds until the token is asked for to publish: reads are many.
type Reading struct{ Exchange *Exchange }

// For returns the token for the package; spec.ErrRefused where there is none to be had.
func (r Reading) For(ctx context.Context, name spec.Name) (npm.Credential, error) {
	if r.Exchange.isRefused(name) {
		return npm.Credential{}, fmt.Errorf("the exchange for %s was refused before: %w", name, spec.ErrRefused)
	}
	credential, err := r.Exchange.For(ctx, name)
	if err != nil && r.Exchange.isRefused(name) {
		err = fmt.Errorf("%w: %w", spec.ErrRefused, err)
	}
	return credential, err
}
