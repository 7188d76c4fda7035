package observed

import (
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Attestations reads the provenance of versions, and compares it with what is served: integrity is that of the tarball. An error leaves the
// question open and names the package.
type Attestations interface {
	Provenance(ctx context.Context, name spec.Name, version spec.Version, integrity spec.Integrity) (spec.Attestation, error)
}

// attestation reads the provenance of a version whose manifest shows one.
func (a Auditor) attestation(ctx context.Context, q AuditQuery, h *History) {
	if a.Attestations == nil || q.Attested == nil || !q.Attested.Dist.Attested() {
		return
	}
	said, err := a.Attestations.Provenance(ctx, q.place().onNpm(), q.Attested.Version, q.Attested.Dist.Integrity)
	if errors.Is(err, spec.ErrNotFound) { // a registry that passes on manifests of another need not have what they speak of
		return
	}
	if err != nil {
		h.ProvenanceErr = fmt.Errorf("its provenance could not be read: %w", err)
		return
	}
	h.Provenance = &said
}
