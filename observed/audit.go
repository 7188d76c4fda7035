package observed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Archive answers the questions of an audit. As with Registry, the error of an absence wraps spec.ErrNotFound; every other error leaves
// the question open and names the package.
type Archive interface {
	Versions(ctx context.Context, name spec.Name) ([]spec.Version, error) // that are served, lowest first
	DistTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error)
	Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error)
	TarballExists(ctx context.Context, name spec.Name, url string) error
}

// Auditor reads the versions of packages that are public already, beyond the desired ones.
type Auditor struct {
	Archive      Archive
	Attestations Attestations // nil: provenance is not read
	Concurrency  int          // requests under way at once, at least 1
}

// AuditQuery asks for the public versions of one package.
type AuditQuery struct {
	Name        spec.Name
	Home        spec.Home // this and Foreign as in Query
	Foreign     func(spec.Version) bool
	DistTags    map[spec.DistTag]spec.Version // as they were read
	Placeholder spec.Version                  // the placeholder's version, which is no release
	Expected    []spec.Version                // versions that should be served

	// Platform tells which optional dependencies of an entry are its platforms. nil: the package is no entry, and its versions are not read
	// one by one.
	Platform func(name string) bool
	// Judged is the version of a package that is no entry whose way of publishing is compared with that of the version before it; "": none.
	// Manifest is the manifest of that version, where it was read already.
	Judged   spec.Version
	Manifest *spec.Manifest
	// Attested is the manifest of the version whose provenance is read, if it shows one; nil: none.
	Attested *spec.Manifest
	Last     int // how many versions of an entry are read, below latest
}

// History is what is public of one package.
type History struct {
	Name     spec.Name
	Versions []spec.Version // lowest first
	Missing  []spec.Version // expected versions that are surely not there
	// Deprecated is read only where latest points at the placeholder: the Versions above the highest one that is not deprecated.
	Deprecated []spec.Version
	Editions   []Edition   // of an entry, highest first
	Trail      []Component // the judged version and the version before it; empty where one of them is missing or could not be read
	Err        error       // why Versions or Missing may lack something

	Provenance    *spec.Attestation // of the query's Attested; nil: none was read
	ProvenanceErr error             // why
}

// Edition is one public version of an entry.
type Edition struct {
	Component
	DistTags  []spec.DistTag // that point at it, sorted
	Platforms []Component    // the platforms that it lists, sorted by name
}

// Component is one version of a package that should be installable.
type Component struct {
	Name       spec.Name
	Wanted     string       // how others ask for it: a version, a range, a dist-tag or an alias; "": by Version
	Home       spec.Name    // the package of npm that an alias stands for; "": Name
	Version    spec.Version // empty: no served version fits
	State      State
	Deprecated string // what npm says at its installation
	Standing   spec.Standing
	// PublishedBy is the provider of the ID token by which it was published; "": none, or it was not read for that.
	PublishedBy string
	With        string        // as Trust's
	Platform    spec.Platform // where npm installs it
	Err         error         // why State is Unknown
}

// On is what npm has, as "name@version".
func (c Component) On() string { return fmt.Sprintf("%s@%s", cmp.Or(c.Home, c.Name), c.Version) }

// Audit answers the queries, in their order. It reads in three steps, each of which needs the one before: the lists of versions, then the
// entries' manifests, then the platforms that these list. It fails only when ctx ends; other failures are in the histories.
func (a Auditor) Audit(ctx context.Context, queries []AuditQuery) ([]History, error) {
	histories := make([]History, len(queries)) // each goroutine writes elements of its own
	a.each(len(queries), func(i int) { histories[i] = a.history(ctx, queries[i]) })

	var editions []*Edition
	var ours []func(string) bool
	for i, q := range queries {
		h := &histories[i]
		h.Editions = q.editions(h.Versions)
		for j := range h.Editions {
			editions, ours = append(editions, &h.Editions[j]), append(ours, q.Platform)
		}
	}
	a.each(len(editions), func(i int) {
		m := a.readComponent(ctx, &editions[i].Component)
		editions[i].Platforms = platforms(m, ours[i])
	})

	var components []*Component
	for _, e := range editions {
		for j := range e.Platforms {
			components = append(components, &e.Platforms[j])
		}
	}
	a.each(len(components), func(i int) { *components[i] = resolve(ctx, a.Archive, components[i].Name, components[i].Wanted) })
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("auditing the registry: %w", context.Cause(ctx))
	}
	return histories, nil
}

func (a Auditor) each(n int, do func(i int)) {
	group := new(errgroup.Group)
	group.SetLimit(max(a.Concurrency, 1))
	for i := range n {
		group.Go(func() error { do(i); return nil })
	}
	_ = group.Wait() // no goroutine above returns an error
}

// history reads which versions there are. The registry's list may be older than its versions, so an expected version that is not in the
// list is read by itself.
func (a Auditor) history(ctx context.Context, q AuditQuery) History {
	h := History{Name: q.Name}
	at := q.place()
	h.Versions, h.Err = a.Archive.Versions(ctx, at.onNpm())
	h.Versions = at.versions(h.Versions)
	if errors.Is(h.Err, spec.ErrNotFound) {
		h.Err = nil // all that was served is gone, or nothing is served yet
	}
	for _, version := range q.Expected {
		if slices.Contains(h.Versions, version) || named(q.DistTags, version) {
			continue
		}
		_, err := a.Archive.Manifest(ctx, at.onNpm(), q.Home.Version(version))
		switch {
		case errors.Is(err, spec.ErrNotFound):
			h.Missing = append(h.Missing, version)
		case err != nil:
			h.Err = errors.Join(h.Err, err)
		}
	}
	a.trail(ctx, q, &h)
	a.attestation(ctx, q, &h)
	var err error
	h.Deprecated, err = a.deprecated(ctx, q, h.Versions)
	h.Err = errors.Join(h.Err, err)
	return h
}

// editions chooses the versions of an entry that are read: those that a dist-tag points at, and the highest below latest.
func (q AuditQuery) editions(versions []spec.Version) []Edition {
	if q.Platform == nil {
		return nil
	}
	tags := map[spec.Version][]spec.DistTag{}
	for _, tag := range slices.Sorted(maps.Keys(q.DistTags)) {
		if version := q.DistTags[tag]; !version.Placeholds(q.Placeholder) {
			tags[version] = append(tags[version], tag)
		}
	}
	for _, version := range q.before(versions) {
		if _, known := tags[version]; !known {
			tags[version] = nil
		}
	}
	var editions []Edition
	for _, version := range slices.SortedFunc(maps.Keys(tags), spec.Version.Compare) {
		editions = append(editions, Edition{Component: Component{Name: q.Name, Version: version}, DistTags: tags[version]})
	}
	slices.Reverse(editions)
	return editions
}

// before returns the highest versions below latest, or the highest of all where latest is a placeholder or missing. Prereleases count only
// where latest is one.
func (q AuditQuery) before(versions []spec.Version) []spec.Version {
	latest := q.DistTags[spec.Latest]
	var last []spec.Version
	for _, version := range slices.Backward(versions) {
		released := latest != "" && !latest.Placeholds(q.Placeholder)
		switch {
		case len(last) >= q.Last:
			return last
		case version.Placeholds(q.Placeholder), released && version.Compare(latest) >= 0,
			version.Prerelease() && !(released && latest.Prerelease()):
			continue
		}
		last = append(last, version)
	}
	return last
}

// platforms returns the platforms that an entry's manifest lists and a registry is asked for, sorted by name. They are not looked up yet.
func platforms(m *spec.Manifest, ours func(string) bool) []Component {
	var found []Component
	if m == nil {
		return nil
	}
	listed := m.Listed()
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		if ours(name) && spec.Name(name) != m.Name && !m.Brings(name) && !spec.Address(listed[name]) {
			found = append(found, Component{Name: spec.Name(name), Wanted: listed[name]})
		}
	}
	return found
}

// readComponent finds out whether a component can be installed, and returns its manifest, or nil.
func (a Auditor) readComponent(ctx context.Context, c *Component) *spec.Manifest {
	q := Query{Name: c.Name, Version: c.Version}
	v := readVersion(ctx, a.Archive, q)
	c.State, c.Err = stateOf(q, nil, nil, v), v.err
	if v.manifest != nil {
		c.Deprecated, c.Standing = string(v.manifest.Deprecated), v.manifest.Standing()
	}
	return v.manifest
}
