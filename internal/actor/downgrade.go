package actor

import (
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// mayTag refuses a publish that would move its dist-tag backwards. npm moves the dist-tag with the publish, under no
// condition, so it is looked up as late as can be: only a release that overtakes this one in between stays unseen.
func (p Publisher) mayTag(ctx context.Context, what reconcile.Publication) error {
	name, version, tag := what.Package.Name, what.Release.Version, what.Release.DistTag
	tags, err := p.Registry.DistTags(ctx, name)
	switch current := tags[tag]; {
	case errors.Is(err, spec.ErrNotFound): // nothing of the package is there yet
		return nil
	case err != nil:
		return fmt.Errorf("publishing %s@%s: %w, as its dist-tags could not be read: %w", name, version, reconcile.ErrNotSent, err)
	case current.Compare(version) > 0:
		return fmt.Errorf("publishing %s@%s: %s has come to point at %s, so %w: run with --dist-tag NAME to publish it below",
			name, version, tag, current, reconcile.ErrDowngrade)
	}
	return nil
}
