package observed

import (
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// reading is the raw outcome of the requests for one package.
type reading struct {
	tags    map[spec.DistTag]spec.Version // nil: no such package, or tagsErr
	tagsErr error
	version version
	trust   Trust
}

// version is the raw outcome of reading one version; all zero when the registry does not show it.
type version struct {
	manifest *spec.Manifest
	tarball  bool
	err      error
}

// versionReader is the part of Registry and Archive that one version is read with.
type versionReader interface {
	Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error)
	TarballExists(ctx context.Context, name spec.Name, url string) error
}

func readVersion(ctx context.Context, from versionReader, q Query) version {
	name, number := q.place().onNpm(), q.Home.Version(q.Version)
	manifest, err := from.Manifest(ctx, name, number)
	switch {
	case errors.Is(err, spec.ErrNotFound):
		return version{}
	case err != nil:
		return version{err: err}
	case manifest.Name != name || manifest.Version != number:
		return version{err: fmt.Errorf("asked for %s@%s, the registry answered with %s@%s",
			name, number, manifest.Name, manifest.Version)}
	}
	if _, err := spec.ParseIntegrity(string(manifest.Dist.Integrity)); err != nil && q.Integrity != "" {
		return version{err: fmt.Errorf("%s@%s cannot be compared with what was sent: %w", name, number, err)}
	}
	err = from.TarballExists(ctx, name, manifest.Dist.Tarball)
	switch {
	case errors.Is(err, spec.ErrNotFound):
		return version{manifest: &manifest}
	case err != nil:
		return version{manifest: &manifest, err: err}
	}
	return version{manifest: &manifest, tarball: true}
}

func (v version) matches(want spec.Integrity) bool {
	have, err := spec.ParseIntegrity(string(v.manifest.Dist.Integrity))
	return err == nil && have == want
}

// share takes over what was read of the same package of npm for another query.
func (r *reading) share(other reading, q Query) {
	r.tags, r.tagsErr = other.tags, other.tagsErr
	if q.Trust == nil {
		r.trust = other.trust
	}
}

// toPackage judges what was read.
func (r reading) toPackage(q Query) Package {
	at := q.place()
	p := Package{
		Name: q.Name, DistTags: at.distTags(r.tags), Version: q.Version, Manifest: r.version.manifest, Trust: r.trust,
		Deprecated: q.Deprecated, TokensSet: q.TokensSet, AccessSet: q.AccessSet,
		Err: errors.Join(r.tagsErr, r.version.err),
	}
	if !at.whole() {
		p.HomeTags = r.tags
	}
	if errors.Is(r.tagsErr, spec.ErrNoAccess) && errors.Is(r.version.err, spec.ErrNoAccess) {
		p.Err = r.tagsErr // the other error says the same
	}
	if q.Version != "" {
		p.State = stateOf(q, p.DistTags, r.tagsErr, r.version)
	}
	p.Existence = existenceOf(q, r.tags, r.tagsErr, p.State)
	if p.Existence == Missing && (p.Trust.Listed || p.Trust.Exchange == ExchangeTaken) {
		p.Existence = Reserved // the registry shows trusted publishers only of names that are taken
	}
	if m := r.version.manifest; m != nil && m.Publisher != nil && m.Publisher.TrustedPublisher != nil {
		p.Trust.PublishedBy, p.Trust.With = m.Publisher.TrustedPublisher.ID, m.Publisher.TrustedPublisher.Config
	}
	return p
}
