package observed

import (
	"context"
	"errors"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// resolve finds what npm would install for a dependency on name, by an exact version, a range, a dist-tag, or an alias of one of these. For
// a range that is the highest version that fits. Where none fits, the State is Absent.
func resolve(ctx context.Context, from Archive, name spec.Name, wanted string) Component {
	home, of := spec.Aliased(name, wanted)
	c := resolveOwn(ctx, from, home, of)
	if c.Name, c.Wanted = name, wanted; home != name {
		c.Home = home
	}
	return c
}

// servedMeanwhile tells whether a version that was not there was seen all the same, a moment later, as what others need.
func (p Package) servedMeanwhile(version spec.Version) bool {
	for _, c := range p.Fits {
		if c.Version == version && c.State == Served {
			return true
		}
	}
	return false
}

func resolveOwn(ctx context.Context, from Archive, name spec.Name, wanted string) Component {
	c := Component{Name: name, Wanted: wanted}
	if version, err := spec.ParseVersion(wanted); err == nil {
		c.Version = version
		v := readVersion(ctx, from, Query{Name: name, Version: version})
		return c.found(v)
	}
	r, err := spec.ParseRange(wanted)
	if err != nil {
		return c.byTag(ctx, from)
	}
	versions, err := from.Versions(ctx, name)
	switch {
	case errors.Is(err, spec.ErrNotFound):
		c.State = Absent
		return c
	case err != nil:
		c.State, c.Err = Unknown, err
		return c
	}
	c.State = Absent
	for i := len(versions) - 1; i >= 0; i-- { // lowest first
		if !r.Includes(versions[i]) {
			continue
		}
		v := readVersion(ctx, from, Query{Name: name, Version: versions[i]})
		c.Version = versions[i]
		return c.found(v) // npm takes the highest one, whether its tarball is there or not
	}
	return c
}

// byTag resolves a dependency on a dist-tag.
func (c Component) byTag(ctx context.Context, from Archive) Component {
	tags, err := from.DistTags(ctx, c.Name)
	switch {
	case err != nil && !errors.Is(err, spec.ErrNotFound):
		c.State, c.Err = Unknown, err
		return c
	case tags[spec.DistTag(c.Wanted)] == "":
		c.State = Absent
		return c
	}
	found := resolveOwn(ctx, from, c.Name, string(tags[spec.DistTag(c.Wanted)]))
	found.Wanted = c.Wanted
	return found
}

func (c Component) found(v version) Component {
	c.State, c.Err = stateOf(Query{Version: c.Version}, nil, nil, v), v.err
	if v.manifest != nil {
		c.Deprecated, c.Standing, c.Platform = string(v.manifest.Deprecated), v.manifest.Standing(), v.manifest.Platform()
	}
	return c
}
