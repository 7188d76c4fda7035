package actor

import (
	"cmp"
	"context"
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// firstAccess is what the publish of a name says that nobody has been shown so far. A registry takes what a publish says for an
// order, also for a package that is there: a restricted one would become public. So it is looked for once more, with the
// credential that would publish; taken means that it is there, and that nothing is to be said.
func firstAccess(
	ctx context.Context, registry *npm.Client, p desired.Package, with npm.Credential,
) (access spec.Access, taken bool, err error) {
	taken, err = registry.Taken(ctx, p.Name, with)
	switch {
	case err != nil:
		return "", false, fmt.Errorf("publishing %s: %w, as it could not be made sure that the name is new: %w",
			p.Name, reconcile.ErrNotSent, err)
	case taken:
		return "", true, nil
	}
	return cmp.Or(p.Access, spec.AccessPublic), false, nil
}

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
