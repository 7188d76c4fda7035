package actor

import (
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// attest makes the provenance of a tarball; nil where there is to be none. Where it is not required, trouble is told and is no error,
// unless what was signed does not fit what would be sent.
func (a *Attester) attest(
	ctx context.Context, what reconcile.Publication, publishConfig map[string]any, tarball *artifact.Tarball, credentials Credentials,
) (*npm.Bundle, error) {
	id, required := fmt.Sprintf("%s@%s", what.Name(), what.Version()), what.Release.Provenance == desired.ProvenanceRequired
	job, err := a.job(ctx, what, publishConfig, credentials)
	var signed provenance.Bundle
	if err == nil {
		signed, err = a.sign(ctx, what, tarball, job)
	}
	switch {
	case err == nil:
		return a.checked(ctx, signed, what, tarball, job)
	case ctx.Err() != nil:
		return nil, err
	case !required && a.usual(err):
		a.log("no provenance", "package", id, "reason", err)
		return nil, nil
	case !required:
		if what.Unattested != nil {
			what.Unattested(err)
		}
		return nil, nil
	case passing(err):
		return nil, fmt.Errorf("publishing %s: %w: %w", id, reconcile.ErrUnsigned, err)
	}
	return nil, fmt.Errorf("publishing %s: nothing was sent, as it needs provenance (provenance: required): %w", id, err)
}

// sign has a statement of the tarball signed.
func (a *Attester) sign(
	ctx context.Context, what reconcile.Publication, tarball *artifact.Tarball, job attested,
) (provenance.Bundle, error) {
	subject, err := provenance.SubjectOf(what.Name(), what.Version(), tarball.Integrity)
	if err != nil {
		return provenance.Bundle{}, err
	}
	statement, err := job.Statement(subject)
	if err != nil {
		return provenance.Bundle{}, err
	}
	return a.Signer.Attest(ctx, job.idToken, statement)
}

// checked compares what was signed with the bytes that will be sent, which may have changed meanwhile, and with the job.
func (a *Attester) checked(
	ctx context.Context, signed provenance.Bundle, what reconcile.Publication, tarball *artifact.Tarball, job attested,
) (*npm.Bundle, error) {
	id := fmt.Sprintf("%s@%s", what.Name(), what.Version())
	refused := func(err error) (*npm.Bundle, error) {
		return nil, fmt.Errorf("publishing %s: nothing was sent, as its provenance does not fit: %w", id, err)
	}
	integrity, err := integrityOf(ctx, tarball)
	switch {
	case err != nil:
		return refused(err)
	case integrity != tarball.Integrity:
		return refused(errors.New("the tarball has changed since it was read: run again once the build has ended"))
	}
	subject, err := provenance.SubjectOf(what.Name(), what.Version(), integrity)
	if err == nil {
		err = signed.Check(subject)
	}
	if err != nil {
		return refused(err)
	}
	who, err := signed.Identity()
	switch {
	case err != nil:
		return refused(err)
	case who.Repository != job.Repository:
		return refused(fmt.Errorf("the ID token is of a job of %s, and the job's environment says %s: leave its variables as the CI system "+
			"sets them", who.Repository, job.Repository))
	}
	data, err := signed.JSON()
	if err != nil {
		return refused(err)
	}
	a.log("provenance signed", "package", id, "logIndex", signed.VerificationMaterial.TLogEntries[0].LogIndex)
	return &npm.Bundle{MediaType: signed.MediaType, Data: data}, nil
}

func integrityOf(ctx context.Context, tarball *artifact.Tarball) (_ spec.Integrity, err error) {
	body, err := tarball.Open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }() // it was only read
	sum := sha512.New()
	if _, err := io.Copy(sum, body); err != nil {
		return "", fmt.Errorf("reading the tarball: %w", err)
	}
	return spec.NewIntegrity([sha512.Size]byte(sum.Sum(nil))), nil
}
