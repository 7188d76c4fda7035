package actor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Served has the tarballs that a registry serves.
type Served struct {
	Registry *npm.Client
	Spool    string // folder for downloads; empty: the system's
}

// Tarball downloads a version's tarball, which must be the one that its manifest tells.
func (s Served) Tarball(ctx context.Context, name spec.Name, version spec.Version) (*artifact.Tarball, error) {
	m, err := s.Registry.Manifest(ctx, name, version)
	if err != nil {
		return nil, err
	}
	body, err := s.Registry.Tarball(ctx, name, m.Dist.Tarball)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }() // it was only read
	t, err := artifact.Keep(ctx, s.Spool, body)
	if err != nil {
		return nil, fmt.Errorf("downloading the tarball of %s@%s: %w", name, version, err)
	}
	told, unknown := spec.ParseIntegrity(m.Dist.Integrity.String())
	if unknown == nil && told != t.Integrity || unknown != nil && m.Dist.Shasum != t.Shasum { // old versions have the sha1 alone
		return nil, errors.Join(fmt.Errorf("the tarball that is served of %s@%s is not the one that its manifest tells: the download came "+
			"incomplete, or it cannot be installed; run it again", name, version), t.Close())
	}
	return t, nil
}

// Built has the tarballs that apply would send, of what a build left.
type Built struct {
	Artifacts   Artifacts
	Releases    []desired.Release
	Compression artifact.Compression
	Workers     *artifact.Workers // that pack; nil: each package has its own
	Spool       string            // folder for packed files; empty: the system's
}

// Tarball packs the artifact of a version that is to be released, without judging it.
func (b Built) Tarball(ctx context.Context, name spec.Name, version spec.Version) (*artifact.Tarball, error) {
	what, ok := b.publication(name, version)
	if !ok {
		return nil, fmt.Errorf("%s@%s is of no release that is asked for: %w", name, version, spec.ErrNotFound)
	}
	path, err := b.Artifacts.Find(ctx, what)
	if err != nil {
		return nil, err
	}
	a, err := artifact.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	if a.Name() != name || a.Version() != version {
		return nil, fmt.Errorf("artifact %s of %s: it is built as %s@%s, not as %s: build that version, or name the one that is there",
			path, name, a.Name(), a.Version(), version)
	}
	return Publisher{Spool: b.Spool, Compression: b.Compression, Workers: b.Workers}.pack(ctx, a, what)
}

func (b Built) publication(name spec.Name, version spec.Version) (what reconcile.Publication, ok bool) {
	for _, r := range b.Releases {
		i := slices.IndexFunc(r.Packages, func(p desired.Package) bool {
			return p.OnNpm() == name && p.Home.Version(r.Version) == version
		})
		if i >= 0 {
			return reconcile.Publication{Package: r.Packages[i], Release: r}, true
		}
	}
	return reconcile.Publication{}, false
}
