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
func (t Tagger) mayMove(ctx context.Context, name spec.Name, tag spec.DistTag, version spec.Version) error {
	current, err := publish.Higher(ctx, t.Registry, name, tag, version)
	switch {
	case err != nil:
		return fmt.Errorf("moving a dist-tag of %s: %w", name, err)
	case current != "":
		return fmt.Errorf("moving %s of %s to %s: it has come to point at %s, so %w", tag, name, version, current, reconcile.ErrDowngrade)
	}
	return nil
}

// mayReturn refuses to move a dist-tag that has gone elsewhere since the rollback was planned: that may be a release's doing.
func (t Tagger) mayReturn(ctx context.Context, name spec.Name, tag spec.DistTag, from, to spec.Version) error {
	tags, err := t.Registry.DistTags(ctx, name)
	switch current := tags[tag]; {
	case err != nil:
		return fmt.Errorf("moving a dist-tag of %s: %w, as its dist-tags could not be read: %w", name, reconcile.ErrNotSent, err)
	case current != from && current != to:
		return fmt.Errorf("moving %s of %s back to %s: it pointed at %s and has come to point at %s, so %w: plan again to go on", tag, name, to,
			from, current, reconcile.ErrDowngrade)
	}
	return nil
}

// mayPoint refuses to point a dist-tag at a version that is deprecated by now.
func (t Tagger) mayPoint(ctx context.Context, name spec.Name, tag spec.DistTag, version spec.Version) error {
	doing := fmt.Sprintf("moving %s of %s to %s", tag, name, version)
	manifest, err := t.Registry.Manifest(ctx, name, version)
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
