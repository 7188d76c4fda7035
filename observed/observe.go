package observed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Registry answers the small requests that each package costs. The error of an absence wraps spec.ErrNotFound; every other error leaves the
// question open and names the package.
type Registry interface {
	DistTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error)
	Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error)
	TarballExists(ctx context.Context, name spec.Name, url string) error
	// Unpublished returns when the whole package was removed, or the zero time. It is asked only about names in which nothing was found.
	Unpublished(ctx context.Context, name spec.Name) (time.Time, error)
	// Versions returns the served versions, lowest first. It is asked only where a range has to be met.
	Versions(ctx context.Context, name spec.Name) ([]spec.Version, error)
}

// Veil knows about packages that the registry does not show to everybody.
type Veil interface {
	// Unveil looks for a package with the credentials at hand, and tells whether it exists. If so, later reads use that credential.
	Unveil(ctx context.Context, name spec.Name) (bool, error)
	// Access returns who may read a package, as the reads have shown; "" where they have not.
	Access(name spec.Name) spec.Access
}

// TrustReader returns what is known about a package's trusted publishers. It changes nothing that lasts: a token that it gets by an
// exchange expires.
type TrustReader interface {
	Trust(ctx context.Context, name spec.Name) Trust
}

// Observer reads packages from one registry.
type Observer struct {
	Registry    Registry
	Trust       TrustReader  // nil: only the hint that a manifest gives
	Veil        Veil         // nil: everything is shown to everybody
	Status      StatusReader // nil: nobody here may ask the registry for a version's status
	Numbers     NumberReader // nil: the numbers that were used are not known
	Stages      StageReader  // nil: nobody here may list what waits for approval
	Concurrency int          // requests under way at once, at least 1

	Deprecations DeprecationReader // nil: only where no range of versions is asked for
}

// Observe answers the queries. It fails only when ctx ends; other failures are in the packages.
func (o Observer) Observe(ctx context.Context, queries []Query) (Snapshot, error) {
	group := new(errgroup.Group)
	group.SetLimit(max(o.Concurrency, 1))
	readings, first := o.read(ctx, group, queries)
	packages := make([]Package, len(queries))
	for i, q := range queries {
		readings[i].share(readings[first[i]], q)
		packages[i] = readings[i].toPackage(q)
		if p := &packages[i]; p.looksVacant() || p.notShown() {
			group.Go(func() error { o.lookAgain(ctx, q, &readings[i], p); return nil })
		}
	}
	_ = group.Wait()
	o.askStatuses(ctx, queries, packages)
	warnings := o.warnings(ctx, queries)
	o.askStages(ctx, queries, packages)
	for i, q := range queries {
		p := &packages[i]
		p.Others = q.others(p.Manifest)
		for j := range p.Others {
			c := &p.Others[j]
			group.Go(func() error { *c = resolve(ctx, o.Registry, c.Name, c.Wanted); return nil })
		}
		if q.Over != "" && (p.State == Absent || q.Version == "") && p.DistTags[q.Over] != "" {
			group.Go(func() error { o.before(ctx, q, p); return nil })
		}
		if len(q.Wanted) > 0 {
			group.Go(func() error { p.Fits = o.fits(ctx, q); return nil })
		}
		if len(q.Withdrawn) > 0 {
			group.Go(func() error { p.Withdrawn = o.withdrawn(ctx, q); return nil })
		}
		if q.Warnings && q.Deprecated == nil {
			group.Go(func() error { p.Deprecated, p.DeprecatedErr = q.warnings(warnings[q.place().onNpm()]); return nil })
		}
	}
	_ = group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reading the registry: %w", context.Cause(ctx))
	}
	snapshot := make(Snapshot, len(queries))
	for i, p := range packages {
		if o.Veil != nil {
			p.Access = o.Veil.Access(queries[i].place().onNpm())
		}
		if p.State == Absent && p.servedMeanwhile(queries[i].Home.Version(p.Version)) {
			p.State = Accepted
		}
		snapshot[p.Name] = p
	}
	return snapshot, nil
}

// read reads what needs no other answer, and returns for each query the number of the first one of the same package of npm.
func (o Observer) read(ctx context.Context, group *errgroup.Group, queries []Query) (readings []reading, first []int) {
	readings = make([]reading, len(queries)) // each goroutine writes fields of its own
	for i, q := range queries {              // these first, as each takes two requests, one after the other
		if r := &readings[i]; q.Version != "" {
			group.Go(func() error { r.version = readVersion(ctx, o.Registry, q); return nil })
		}
	}
	first = firstOf(queries)
	for i, q := range queries {
		r := &readings[i]
		if first[i] == i {
			group.Go(func() error { r.tags, r.tagsErr = o.distTags(ctx, q.place().onNpm()); return nil })
		}
		switch {
		case q.Trust != nil:
			r.trust = *q.Trust
		case o.Trust != nil && first[i] == i:
			group.Go(func() error { r.trust = o.Trust.Trust(ctx, q.place().onNpm()); return nil })
		}
	}
	_ = group.Wait() // no goroutine above returns an error
	return readings, first
}

// firstOf returns, for each query, the number of the first one of the same package of npm.
func firstOf(queries []Query) []int {
	known, first := map[spec.Name]int{}, make([]int, len(queries))
	for i, q := range queries {
		name := q.place().onNpm()
		if _, ok := known[name]; !ok {
			known[name] = i
		}
		first[i] = known[name]
	}
	return first
}

func (o Observer) distTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error) {
	tags, err := o.Registry.DistTags(ctx, name)
	switch {
	case errors.Is(err, spec.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case tags == nil:
		tags = map[spec.DistTag]spec.Version{} // there, with nothing in it
	}
	return tags, nil
}

// lookAgain looks with the credentials at hand for a package in which nothing was found. If there is still nothing, it finds out whether
// the name is free.
func (o Observer) lookAgain(ctx context.Context, q Query, r *reading, p *Package) {
	if o.Veil != nil && p.notShown() {
		switch there, err := o.Veil.Unveil(ctx, q.place().onNpm()); {
		case err != nil:
			p.Existence, p.Err = Unsure, errors.Join(p.Err, err)
			return
		case there:
			r.tags, r.tagsErr = o.distTags(ctx, q.place().onNpm())
			if q.Version != "" {
				r.version = readVersion(ctx, o.Registry, q)
			}
			*p = r.toPackage(q)
			if p.Existence == Missing { // everybody may read it, and is not shown it yet
				p.Existence = Reserved
			}
		}
	}
	if p.looksVacant() {
		o.unpublished(ctx, q, p)
	}
}

// unpublished finds out whether a name in which nothing was found is free, or was unpublished.
func (o Observer) unpublished(ctx context.Context, q Query, p *Package) {
	at, err := o.Registry.Unpublished(ctx, q.place().onNpm())
	switch {
	case err != nil:
		p.Existence, p.Err = Unsure, errors.Join(p.Err, err)
	case !at.IsZero():
		p.Existence, p.UnpublishedAt = Unpublished, at
	}
}

// others returns the platforms that an entry lists and that are not read anyway. They are not looked up yet.
func (q Query) others(m *spec.Manifest) []Component {
	var others []Component
	if m == nil || q.Platform == nil {
		return nil
	}
	listed := m.Listed()
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		wanted := listed[name]
		if beside, ok := q.Beside[spec.Name(name)]; q.Platform(name) && (!ok || beside != wanted) {
			others = append(others, Component{Name: spec.Name(name), Wanted: wanted})
		}
	}
	return others
}

// fits looks up the versions and ranges by which others need the package.
func (o Observer) fits(ctx context.Context, q Query) map[string]Component {
	fits := map[string]Component{}
	for _, wanted := range q.Wanted {
		fits[wanted] = resolve(ctx, o.Registry, q.place().onNpm(), wanted)
	}
	return fits
}
