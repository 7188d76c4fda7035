package observed

import (
	"context"
	"errors"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// withdrawn reads which of the versions that nobody should install are deprecated already. A version that is not served is Absent: there
// is nothing to deprecate.
func (o Observer) withdrawn(ctx context.Context, q Query) map[spec.Version]Component {
	found := map[spec.Version]Component{}
	for _, version := range q.Withdrawn {
		c := Component{Name: q.Name, Version: version, State: Served}
		switch manifest, err := o.Registry.Manifest(ctx, q.place().onNpm(), q.Home.Version(version)); {
		case errors.Is(err, spec.ErrNotFound):
			c.State = Absent
		case err != nil:
			c.State, c.Err = Unknown, err
		default:
			c.Deprecated = string(manifest.Deprecated)
		}
		found[version] = c
	}
	return found
}

// deprecated reads, where latest points at the placeholder, which of the highest versions are deprecated, until it finds one that is not:
// latest should point at that. A version that could not be read, or that comes after twenty others, counts as deprecated, because nobody
// should be sent to a version that was not checked.
func (a Auditor) deprecated(ctx context.Context, q AuditQuery, versions []spec.Version) (deprecated []spec.Version, err error) {
	const most = 20
	if !q.DistTags[spec.Latest].Placeholds(q.Placeholder) {
		return nil, nil
	}
	for i, version := range slices.Backward(versions) {
		if version.Prerelease() || version.Placeholds(q.Placeholder) {
			continue // they never take latest
		}
		if len(versions)-i > most {
			deprecated = append(deprecated, version)
			continue
		}
		manifest, failure := a.Archive.Manifest(ctx, q.place().onNpm(), q.Home.Version(version))
		if failure == nil && manifest.Deprecated == "" {
			return deprecated, err
		}
		if failure != nil && !errors.Is(failure, spec.ErrNotFound) { // a list may lag behind
			err = errors.Join(err, failure)
		}
		deprecated = append(deprecated, version)
	}
	return deprecated, err
}
