package actor

import (
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// maxRest is how much of a download is read beyond the end of its archive, in bytes.
const maxRest = 1 << 30

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
	theirs, err := p.Registry.Tarball(ctx, what.Name(), served.Dist.Tarball)
	if err != nil {
		return err
	}
	defer func() { _ = theirs.Close() }() // all that is wanted has been read
	sum := sha512.New()
	downloaded := io.TeeReader(theirs, sum)
	err = sameContents(ctx, tarball, downloaded)
	_, restErr := io.Copy(io.Discard, io.LimitReader(downloaded, maxRest))
	id := fmt.Sprintf("%s@%s", what.Name(), what.Version())
	told, toldErr := spec.ParseIntegrity(served.Dist.Integrity.String())
	broken := toldErr == nil && told != spec.NewIntegrity([sha512.Size]byte(sum.Sum(nil)))
	differs := errors.Is(err, artifact.ErrDiffers)
	switch {
	case broken && restErr == nil && (err == nil || differs):
		return fmt.Errorf("%s is served with %w: its tarball has not the integrity that its manifest tells, and cannot be installed",
			id, reconcile.ErrDiffers)
	case broken && !differs:
		return fmt.Errorf("comparing %s with what is served: the download came incomplete, or is broken, as it has not the integrity "+
			"that its manifest tells: %w", id, errors.Join(err, restErr))
	case differs:
		return fmt.Errorf("%s is served with %w (the first tarball): %w", id, reconcile.ErrDiffers, err)
	case err != nil:
		return fmt.Errorf("comparing %s (the first tarball) with what is served: %w", id, err)
	}
	return nil
}

// sameContents compares the files of what would be sent with those of what a registry has; artifact.ErrDiffers where they are not the same.
func sameContents(ctx context.Context, ours *artifact.Tarball, theirs io.Reader) (err error) {
	opened, err := ours.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return artifact.SameContents(opened, theirs)
}
