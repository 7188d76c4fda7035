package observed

import (
	"context"
	"errors"
	"sync"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// DeprecationReader returns the versions of a package that are served, each with what npm warns of it: "" for none.
type DeprecationReader interface {
	Deprecations(ctx context.Context, name spec.Name) (map[spec.Version]string, error)
}

// reader reads what npm warns of in one of its packages.
type reader func() (map[spec.Version]string, error)

// warnings returns, for each package of npm, what reads it once for all queries.
func (o Observer) warnings(ctx context.Context, queries []Query) map[spec.Name]reader {
	readers := map[spec.Name]reader{}
	for _, q := range queries {
		if name := q.place().onNpm(); readers[name] == nil {
			readers[name] = sync.OnceValues(func() (map[spec.Version]string, error) { return o.deprecations(ctx, name) })
		}
	}
	return readers
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

// warnings are those of the asked package's versions, by the versions of their releases.
func (q Query) warnings(read reader) (map[spec.Version]string, error) {
	all, err := read()
	if err != nil || q.place().whole() {
		return all, err
	}
	own := map[spec.Version]string{}
	for version, message := range all {
		if release, ok := q.place().release(version); ok {
			own[release] = message
		}
	}
	return own, nil
}
