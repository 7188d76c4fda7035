package observed

import (
	"context"
	"errors"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// trail reads how two versions of a package were published: the judged one, and the one served before it. Where one of them cannot be
// read, the trail stays empty, as there is nothing to compare.
func (a Auditor) trail(ctx context.Context, q AuditQuery, h *History) {
	at := slices.Index(h.Versions, q.Judged)
	if q.Judged == "" || at < 0 {
		return
	}
	before := spec.Version("")
	for _, version := range slices.Backward(h.Versions[:at]) {
		if !version.Placeholds(q.Placeholder) && (!version.Prerelease() || q.Judged.Prerelease()) {
			before = version
			break
		}
	}
	if before == "" {
		return
	}
	judged := q.Manifest
	if judged == nil {
		judged = a.published(ctx, q.Judged, h)
	}
	if earlier := a.published(ctx, before, h); judged != nil && earlier != nil {
		h.Trail = []Component{
			{Name: q.Name, Version: q.Judged, State: Served, Standing: judged.Standing()},
			{Name: q.Name, Version: before, State: Served, Standing: earlier.Standing()},
		}
	}
}

// published reads a manifest; nil where it is missing or could not be read.
func (a Auditor) published(ctx context.Context, version spec.Version, h *History) *spec.Manifest {
	m, err := a.Archive.Manifest(ctx, h.Name, version)
	switch {
	case err == nil:
		return &m
	case !errors.Is(err, spec.ErrNotFound):
		h.Err = errors.Join(h.Err, err)
	}
	return nil
}

// before reads how the version was published that a dist-tag points at, before another one takes its place. It serves a warning only, so a
// failure is left out.
func (o Observer) before(ctx context.Context, q Query, p *Package) {
	current := p.DistTags[q.Over]
	m, err := o.Registry.Manifest(ctx, q.place().onNpm(), q.Home.Version(current))
	if err == nil {
		p.Before = &Component{Name: q.Name, Version: current, State: Served, Standing: m.Standing()}
		if m.Publisher != nil && m.Publisher.TrustedPublisher != nil {
			p.Before.PublishedBy, p.Before.With = m.Publisher.TrustedPublisher.ID, m.Publisher.TrustedPublisher.Config
		}
	}
}
