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
	bundle, err := provenance.Parse(document)
	if err != nil {
		return spec.Attestation{Wrong: err.Error()}, nil
	}
	who, err := bundle.Identity()
	said := spec.Attestation{Repository: who.Repository, Commit: who.Commit}
	if err != nil {
		said.Wrong = err.Error()
		return said, nil
	}
	integrity, err = spec.ParseIntegrity(integrity.String())
	if err != nil {
		return said, err
	}
	subject, err := provenance.SubjectOf(name, version, integrity)
	if err != nil {
		return said, err
	}
	if err := bundle.Check(subject); err != nil {
		said.Wrong = err.Error()
	}
	return said, nil
}
