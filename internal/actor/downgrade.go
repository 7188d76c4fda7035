package actor

import (
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/publish"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// mayMove refuses to move a dist-tag backwards.
func (t Tagger) mayMove(ctx context.Context, m moving, home spec.Home) error {
	current, err := publish.Higher(ctx, t.Registry, home, m.name, m.tag, m.version)
	switch {
	case err != nil:
		return fmt.Errorf("moving a dist-tag of %s: %w", m.name, err)
	case current != "":
		return fmt.Errorf("moving %s of %s to %s: it has come to point at %s, so %w", m.tag, m.name, m.version, current, reconcile.ErrDowngrade)
	}
	return nil
}

// mayReturn refuses to move a dist-tag that has gone elsewhere since the rollback was planned: that may be a release's doing.
func (t Tagger) mayReturn(ctx context.Context, m moving, from spec.Version) error {
	tags, err := t.Registry.DistTags(ctx, m.name)
	switch current := tags[m.tag]; {
	case err != nil:
		return fmt.Errorf("moving a dist-tag of %s: %w, as its dist-tags could not be read: %w", m.name, reconcile.ErrNotSent, err)
	case current != from && current != m.version:
		return fmt.Errorf("moving %s of %s back to %s: it pointed at %s and has come to point at %s, so %w: plan again to go on", m.tag, m.name,
			m.version, from, current, reconcile.ErrDowngrade)
	}
	return nil
}

// mayPoint refuses to point a dist-tag at a version that is deprecated by now.
func (t Tagger) mayPoint(ctx context.Context, m moving) error {
	doing := fmt.Sprintf("moving %s of %s to %s", m.tag, m.name, m.version)
	manifest, err := t.Registry.Manifest(ctx, m.name, m.version)
	switch {
	case errors.Is(err, spec.ErrNotFound): // then the registry will not take it either
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w, as it could not be read whether it is deprecated: %w", doing, reconcile.ErrNotSent, err)
	case manifest.Deprecated != "":
		return fmt.Errorf("%s: it is deprecated (%s), so %w", doing, manifest.Deprecated, reconcile.ErrDeprecated)
	}
	return nil
}
