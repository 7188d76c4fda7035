package actor

import (
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Truster configures trusted publishers as a human.
type Truster struct{ Registry *npm.Client }

// Trust sees to it that the package has the wanted trusted publisher. Others are kept, unless the package takes no further
// one: then the one nearest to it is replaced, and put back should that fail.
func (t Truster) Trust(ctx context.Context, name spec.Name, want spec.TrustedPublisher) error {
	have, err := t.Registry.TrustedPublishers(ctx, name)
	if err != nil {
		return err
	}
	old, differences := want.Nearest(have)
	if old != nil && len(differences) == 0 { // it is there and still refused, as an expired one is: only a new one helps
		return t.replace(ctx, name, *old, want)
	}
	_, err = t.Registry.CreateTrustedPublisher(ctx, name, want)
	if errors.Is(err, spec.ErrTrustExists) && old != nil {
		return t.replace(ctx, name, *old, want)
	}
	return err
}

// replace deletes and creates, as a trusted publisher cannot be edited.
func (t Truster) replace(ctx context.Context, name spec.Name, old, want spec.TrustedPublisher) error {
	if err := t.Registry.DeleteTrustedPublisher(ctx, name, old.ID); err != nil {
		return err
	}
	// Once it is deleted the package must not be left without any, interrupted or not.
	ctx = context.WithoutCancel(ctx)
	_, err := t.Registry.CreateTrustedPublisher(ctx, name, want)
	if err == nil {
		return nil
	}
	old.ID = ""
	if _, restoreErr := t.Registry.CreateTrustedPublisher(ctx, name, old); restoreErr != nil {
		return fmt.Errorf("%w; %s has lost the trusted publisher that it had, and putting it back failed: %w", err, name, restoreErr)
	}
	return fmt.Errorf("%w; the trusted publisher that %s had was put back", err, name)
}
