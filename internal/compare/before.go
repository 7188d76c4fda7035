package compare

import (
	"context"
	"errors"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Registry tells what is served of a package. The error for a package that does not exist wraps spec.ErrNotFound.
type Registry interface {
	DistTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error)
	Versions(ctx context.Context, name spec.Name) ([]spec.Version, error) // lowest first
}

// before returns the version with which To is compared: the one that the dist-tag points at, if it is lower; else, as To is served
// already or mends an old line, the highest version below To. A prerelease counts only before a prerelease, or where the dist-tag points
// at it. "" where there is none.
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
