package actor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Reviewer reads what is staged before a human approves it. What it reads goes to a file, however large it is.
type Reviewer struct {
	Registry    *npm.Client
	Artifacts   Artifacts
	Compression artifact.Compression
	Workers     *artifact.Workers // that pack; nil: each package has its own
	Spool       string            // folder for downloads and packed files; empty: the system's
}

// Review downloads what is staged, reads it, and compares it with the artifact where that was built on this machine, too.
func (r Reviewer) Review(ctx context.Context, what reconcile.Publication, s spec.Stage) (review reconcile.Review, err error) {
	staged, err := r.download(ctx, s)
	if err != nil {
		return review, err
	}
	defer func() { err = errors.Join(err, staged.Close()) }()
	review.Size, review.Integrity = staged.Size, staged.Integrity
	listing, err := staged.List(ctx)
	if err != nil {
		return review, fmt.Errorf("reading the staged tarball of %s@%s: %w", s.Name, s.Version, err)
	}
	pkg, err := packagejson.Parse(listing.Manifest)
	switch {
	case err != nil:
		return review, fmt.Errorf("reading the staged tarball of %s@%s: %w", s.Name, s.Version, err)
	case pkg.Name != s.Name || pkg.Version != s.Version:
		return review, fmt.Errorf("what is staged as %s@%s is %s@%s by its own package.json, so it has %w: reject it, "+
			"facets-reconcile apply --only reject", s.Name, s.Version, pkg.Name, pkg.Version, reconcile.ErrDiffers)
	}
	review.Commit, review.Needs = commitOf(pkg), needs(pkg)
	review.Compared, err = r.compare(ctx, what, s, staged)
	return review, err
}

// download keeps the staged tarball in a file. It must be the one that is listed: that is what gets approved.
func (r Reviewer) download(ctx context.Context, s spec.Stage) (*artifact.Tarball, error) {
	body, err := r.Registry.StageTarball(ctx, s)
	if err != nil {
		return nil, vanished(err)
	}
	defer func() { _ = body.Close() }() // it was only read
	t, err := artifact.Keep(ctx, r.Spool, body)
	if err != nil {
		return nil, fmt.Errorf("downloading the staged tarball of %s@%s: %w", s.Name, s.Version, err)
	}
	if s.Shasum != "" && !strings.EqualFold(s.Shasum, t.Shasum) {
		return nil, errors.Join(fmt.Errorf("the staged tarball of %s@%s has the sha1 %s and is listed with %s: the download came incomplete, or "+
			"is not what was staged; run again, and reject it if that stays so", s.Name, s.Version, t.Shasum, s.Shasum), t.Close())
	}
	return t, nil
}

// compare tells whether there was anything to compare with: no build of another version is.
func (r Reviewer) compare(
	ctx context.Context, what reconcile.Publication, s spec.Stage, staged *artifact.Tarball,
) (compared bool, err error) {
	if what.Package.Artifact == "" {
		return false, nil
	}
	path, err := r.Artifacts.Find(ctx, what)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	var a *artifact.Artifact
	if err == nil {
		a, err = artifact.Open(ctx, path)
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("comparing what is staged of %s@%s with its artifact: %w", s.Name, s.Version, err)
	case a.Name() != s.Name || a.Version() != s.Version:
		return false, nil
	}
	err = r.same(ctx, a, what, staged)
	switch {
	case errors.Is(err, artifact.ErrDiffers):
		return true, fmt.Errorf("%s@%s is staged with %w %s (the first tarball): %w; reject it and stage it again, or remove this build where "+
			"it is not the release's", s.Name, s.Version, reconcile.ErrDiffers, path, err)
	case err != nil:
		return false, fmt.Errorf("comparing what is staged of %s@%s with its artifact: %w", s.Name, s.Version, err)
	}
	return true, nil
}

// same packs the artifact as it would be sent, and compares. What is the same to the byte is not unpacked.
func (r Reviewer) same(ctx context.Context, a *artifact.Artifact, what reconcile.Publication, staged *artifact.Tarball) (err error) {
	ours, err := Publisher{Spool: r.Spool, Compression: r.Compression, Workers: r.Workers}.pack(ctx, a, what)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ours.Close()) }()
	if ours.Integrity == staged.Integrity {
		return nil
	}
	theirs, err := staged.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, theirs.Close()) }()
	return sameContents(ctx, ours, theirs)
}

// maxCommit is how many characters of a commit's hash are kept.
const maxCommit = 64

// commitOf is what the package says that it was built from.
func commitOf(p *packagejson.Package) string {
	return words.Cut(words.OneLine(packagejson.Text(p.Document["gitHead"])), maxCommit)
}
