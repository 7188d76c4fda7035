package observed

import (
	"context"
	"errors"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// withdrawn looks up what npm says of versions that nobody should install. What is not served has nothing to be said of it.
func (o Observer) withdrawn(ctx context.Context, name spec.Name, versions []spec.Version) map[spec.Version]Component {
	found := map[spec.Version]Component{}
	for _, version := range versions {
		c := Component{Name: name, Version: version, State: Served}
		switch manifest, err := o.Registry.Manifest(ctx, name, version); {
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

// deprecated are the highest versions that npm warns of, where latest is still to be pointed at the highest that it does not warn
// of. What could not be read, or comes after so many that a human has to choose, counts among them: nobody is to be sent there.
func (a Auditor) deprecated(ctx context.Context, q AuditQuery, versions []spec.Version) (deprecated []spec.Version, err error) {
	const most = 20
	if !q.DistTags[spec.Latest].Placeholds(q.Placeholder) {
		return nil, nil
	}
	for looked, version := range slices.Backward(versions) {
		if version.Prerelease() || version.Placeholds(q.Placeholder) {
			continue // they never take latest
		}
		if len(versions)-looked > most {
			deprecated = append(deprecated, version)
			continue
		}
		manifest, failure := a.Archive.Manifest(ctx, q.Name, version)
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
