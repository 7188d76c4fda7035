package observed

import (
	"context"
	"errors"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// DeprecationReader returns the versions of a package that are served, each with what npm warns of it: "" for none.
type DeprecationReader interface {
	Deprecations(ctx context.Context, name spec.Name) (map[spec.Version]string, error)
}

// deprecations reads them all. A package that is not there has none.
func (o Observer) deprecations(ctx context.Context, name spec.Name) (map[spec.Version]string, error) {
	if o.Deprecations == nil {
		return nil, errors.New("nobody here can read what is deprecated")
	}
	all, err := o.Deprecations.Deprecations(ctx, name)
	if errors.Is(err, spec.ErrNotFound) {
		return map[spec.Version]string{}, nil
	}
	return all, err
}
