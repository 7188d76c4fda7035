package actor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Truster configures trusted publishers as a human.
type Truster struct{ Registry *npm.Client }

// Trust sees to it that the package has the wanted trusted publisher; one that is there already is made anew only to renew
// it. Others are kept, unless the package takes no further one: then the one nearest to it is replaced, and put back should
// that fail.
func (t Truster) Trust(ctx context.Context, name spec.Name, want spec.TrustedPublisher, renew bool) error {
	have, err := t.Registry.TrustedPublishers(ctx, name)
	if err != nil {
		return err
	}
	old, differences := want.Nearest(have)
	switch equal := old != nil && len(differences) == 0; {
	case equal && renew:
		return t.replace(ctx, name, *old, want)
	case equal:
		return nil
	}
	if _, err = t.Registry.CreateTrustedPublisher(ctx, name, want); !errors.Is(err, spec.ErrTrustExists) {
		return err
	}
	// Somebody else may have created it meanwhile; if not, the package is full.
	have, listErr := t.Registry.TrustedPublishers(ctx, name)
	if listErr != nil {
		return errors.Join(err, listErr)
	}
	switch old, differences = want.Nearest(have); {
	case old == nil:
		return err
	case len(differences) == 0:
		return nil
	}
	return t.replace(ctx, name, *old, want)
}

// replace deletes and creates, as a trusted publisher cannot be edited.
func (t Truster) replace(ctx context.Context, name spec.Name, old, want spec.TrustedPublisher) error {
	if err := t.Registry.DeleteTrustedPublisher(ctx, name, old.ID); err != nil {
		return err
	}
	// Once it is deleted the package must not be left without any, interrupted or not.
	ctx = context.WithoutCancel(ctx)
	_, err := t.Registry.CreateTrustedPublisher(ctx, name, want)
	if err == nil || t.has(ctx, name, want) { // an answer that was lost may follow a success
		return nil
	}
	old.ID, old.Created = "", time.Time{} // the registry's to give
	if _, restoreErr := t.Registry.CreateTrustedPublisher(ctx, name, old); restoreErr != nil {
		return fmt.Errorf("%w; %s has lost the trusted publisher that it had, and putting it back failed: %w", err, name, restoreErr)
	}
	return fmt.Errorf("%w; the trusted publisher that %s had was put back", err, name)
}

func (t Truster) has(ctx context.Context, name spec.Name, want spec.TrustedPublisher) bool {
	have, err := t.Registry.TrustedPublishers(ctx, name)
	nearest, differences := want.Nearest(have)
	return err == nil && nearest != nil && len(differences) == 0
}
