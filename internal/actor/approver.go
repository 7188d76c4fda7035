package actor

import (
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/publish"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Approver approves and rejects what is staged, in the name of the human whose session the client has. One second factor serves all that
// is decided with one client.
type Approver struct{ Registry *npm.Client }

// Approve publishes a staged version. The dist-tag moves with it, and was fixed when it was staged: where a release has overtaken this one
// since, nothing is sent.
func (a Approver) Approve(ctx context.Context, s spec.Stage) error {
	current, err := publish.Higher(ctx, a.Registry, s.Home, s.Name, s.DistTag, s.Version)
	switch {
	case err != nil:
		return fmt.Errorf("approving %s@%s: %w", s.Name, s.Version, err)
	case current != "":
		return fmt.Errorf("approving %s@%s: %s has come to point at %s, so %w. The dist-tag of what is staged cannot be changed: reject it, "+
			"facets-reconcile apply --only reject, and stage it again with --dist-tag NAME", s.Name, s.Version, s.DistTag, current,
			reconcile.ErrDowngrade)
	}
	return vanished(a.Registry.Approve(ctx, s))
}

// Reject removes a staged version for good.
func (a Approver) Reject(ctx context.Context, s spec.Stage) error {
	return vanished(a.Registry.Reject(ctx, s))
}

// vanished says what to do where somebody has decided in the meantime: what became of the version is for the next look to find.
func vanished(err error) error {
	if errors.Is(err, spec.ErrNotFound) {
		return fmt.Errorf("%w; run again: what the registry shows by then tells what became of it", err)
	}
	return err
}
