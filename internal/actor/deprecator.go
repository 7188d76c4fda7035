package actor

import (
	"context"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Deprecator has npm warn of versions, as a human.
type Deprecator struct {
	Registry    *npm.Client
	Credentials Credentials
}

// Deprecate gives versions their messages, all in one call.
func (d Deprecator) Deprecate(ctx context.Context, name spec.Name, wanted map[spec.Version]spec.Deprecation) error {
	credential, err := d.Credentials.For(ctx, name)
	if err != nil {
		return err
	}
	err = d.Registry.Deprecate(ctx, name, wanted, credential)
	if npm.ReasonOf(err) == npm.TagPoints {
		return fmt.Errorf("%w: %w", err, reconcile.ErrDeprecated)
	}
	return err
}
