package compare

import (
	"context"
	"errors"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Registry tells what is served of a package. A package that is not there is spec.ErrNotFound.
type Registry interface {
	DistTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error)
	Versions(ctx context.Context, name spec.Name) ([]spec.Version, error) // lowest first
}

// before is the version that To takes the place of: the one that the dist-tag serves, or where that is not lower (To is served
// already, or mends an old line), the highest below To. Prereleases are before prereleases only, unless the dist-tag says so. "" where
// there is none.
func (r Reader) before(ctx context.Context, w Wanted) (spec.Version, error) {
	lower := func(v spec.Version) bool {
		return v != "" && !v.Placeholds(r.Placeholder) && v != spec.SecurityHolding && v.Compare(w.To) < 0
	}
	name, _ := w.onNpm("")
	tags, err := r.Registry.DistTags(ctx, name)
	if err != nil && !errors.Is(err, spec.ErrNotFound) {
		return "", err
	}
	if at := w.release(tags[w.Home.Tag(w.DistTag)]); lower(at) {
		return at, nil
	}
	versions, err := r.Registry.Versions(ctx, name)
	if err != nil && !errors.Is(err, spec.ErrNotFound) {
		return "", err
	}
	highest := spec.Version("")
	for _, v := range versions {
		if v = w.release(v); lower(v) && (!v.Prerelease() || w.To.Prerelease()) && v.Compare(highest) > 0 {
			highest = v
		}
	}
	return highest, nil
}
