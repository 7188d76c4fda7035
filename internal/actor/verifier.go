package actor

import (
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Verify downloads what is served and compares its files with those of the artifact. How they are compressed does not
// count: it differs from packer to packer.
func (p Publisher) Verify(ctx context.Context, what reconcile.Publication, served spec.Manifest) (err error) {
	a, err := p.open(ctx, what)
	if err != nil {
		return err
	}
	tarball, err := p.pack(ctx, a, what)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tarball.Close()) }()
	ours, err := tarball.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ours.Close()) }()
	theirs, err := p.Registry.Tarball(ctx, what.Package.Name, served.Dist.Tarball)
	if err != nil {
		return err
	}
	defer func() { _ = theirs.Close() }() // all that is wanted has been read
	err = artifact.SameContents(ours, theirs)
	id := fmt.Sprintf("%s@%s", what.Package.Name, what.Release.Version)
	switch {
	case errors.Is(err, artifact.ErrDiffers):
		return fmt.Errorf("%s is served with %w (the first tarball): %w", id, reconcile.ErrDiffers, err)
	case err != nil:
		return fmt.Errorf("comparing %s with what is served (the second tarball): %w", id, err)
	}
	return nil
}
