package actor

import (
	"context"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
)

// Attestations reads provenance as a registry serves it.
type Attestations struct{ Registry *npm.Client }

// Provenance compares the bundle with what is served, all but whether its certificate and its log are to be trusted.
func (a Attestations) Provenance(
	ctx context.Context, name spec.Name, version spec.Version, integrity spec.Integrity,
) (spec.Attestation, error) {
	document, err := a.Registry.Provenance(ctx, name, version)
	if err != nil {
		return spec.Attestation{}, err
	}
	if integrity, err = spec.ParseIntegrity(integrity.String()); err != nil {
		return spec.Attestation{}, err
	}
	subject, err := provenance.SubjectOf(name, version, integrity)
	if err != nil {
		return spec.Attestation{}, err
	}
	return judge(document, subject), nil
}

// judge reads a bundle. One that cannot be read is not that of what is served.
func judge(document []byte, subject provenance.Subject) spec.Attestation {
	bundle, err := provenance.Parse(document)
	if err != nil {
		return spec.Attestation{Wrong: err.Error()}
	}
	who, err := bundle.Identity()
	if err == nil {
		err = bundle.Check(subject)
	}
	said := spec.Attestation{Repository: who.Repository, Commit: who.Commit}
	if err != nil {
		said.Wrong = err.Error()
	}
	return said
}
