package actor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Truster configures trusted publishers as a human. A package is never left without the one that it had: the wanted one is
// created first, and only where there is no room for it does another make way, to be put back should the creation fail.
type Truster struct{ Registry *npm.Client }

// Trust sees to it that the package has the wanted trusted publishers and none that they supersede. They are made one by one,
// those first that have one of their own to replace.
func (t Truster) Trust(ctx context.Context, name spec.Name, what reconcile.Trusting) error {
	have, err := t.Registry.TrustedPublishers(ctx, name)
	if err != nil && !errors.Is(err, spec.ErrNotFound) { // one that the registry does not show yet can be configured all the same
		return err
	}
	sorted := what.Want.Sort(have, providers.Supersedes)
	surplus := sorted.Outdated()
	switch {
	case what.Prune:
		surplus = slices.Concat(surplus, sorted.Others)
	case what.Moved:
		surplus = slices.Concat(surplus, providers.Moved(what.Want, sorted.Others))
	}
	surplus, unseen := agreed(name, surplus, what.Removable)
	slices.SortStableFunc(sorted.Each, func(a, b spec.Match) int { return min(len(b.Outdated), 1) - min(len(a.Outdated), 1) })
	var failures []error
	for _, m := range sorted.Each {
		switch {
		case m.Fitting != nil && what.Renew != nil && m.Want.Same(*what.Renew):
			err = t.replace(ctx, name, *m.Fitting, m.Want)
		case m.Fitting == nil:
			surplus, err = t.create(ctx, name, m.Want, first(surplus, m.Outdated))
		default:
			continue
		}
		if err != nil && (len(failures) == 0 || !ended(ctx, err)) {
			failures = append(failures, err)
		}
		if err != nil && !errors.Is(err, spec.ErrTrustExists) { // the next would fare no better
			break
		}
	}
	if len(failures) == 0 {
		failures = append(failures, t.remove(ctx, name, surplus))
	}
	return errors.Join(append(failures, unseen)...)
}

// first moves to the front those of surplus that are preferred.
func first(surplus, preferred []spec.TrustedPublisher) []spec.TrustedPublisher {
	rank := func(p spec.TrustedPublisher) int {
		if slices.ContainsFunc(preferred, func(q spec.TrustedPublisher) bool { return q.ID == p.ID }) {
			return 0
		}
		return 1
	}
	ordered := slices.Clone(surplus)
	slices.SortStableFunc(ordered, func(a, b spec.TrustedPublisher) int { return rank(a) - rank(b) })
	return ordered
}

// agreed leaves out the trusted publishers whose removal nobody has agreed to, and says so.
func agreed(
	name spec.Name, surplus []spec.TrustedPublisher, removable func(spec.TrustedPublisher) bool,
) ([]spec.TrustedPublisher, error) {
	if removable == nil {
		return surplus, nil
	}
	var known []spec.TrustedPublisher
	for _, p := range surplus {
		if removable(p) {
			known = append(known, p)
		}
	}
	if left := len(surplus) - len(known); left > 0 {
		return known, fmt.Errorf("%s has trusted publishers to be removed that the approved plan did not show (%d): they are left; plan again "+
			"to see them: %w", name, left, spec.ErrRefused)
	}
	return known, nil
}

// remove deletes trusted publishers. All failures are told, and that it was interrupted only where nothing had failed before.
func (t Truster) remove(ctx context.Context, name spec.Name, surplus []spec.TrustedPublisher) error {
	var failures []error
	for _, p := range surplus {
		err := t.Registry.DeleteTrustedPublisher(ctx, name, p.ID)
		if len(failures) > 0 && ended(ctx, err) {
			break
		}
		if err != nil && !errors.Is(err, spec.ErrNotFound) {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// ended tells whether err is only that the run was ended.
func ended(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
}

// create adds the wanted trusted publisher. Where the package takes no further one, the first of those that are to go makes
// way. It returns those that are still to go.
func (t Truster) create(
	ctx context.Context, name spec.Name, want spec.TrustedPublisher, surplus []spec.TrustedPublisher,
) ([]spec.TrustedPublisher, error) {
	_, err := t.Registry.CreateTrustedPublisher(ctx, name, want)
	switch {
	case err == nil, errors.Is(err, spec.ErrRefused), errors.Is(err, spec.ErrSecondFactor), errors.Is(err, spec.ErrNotFound):
		return surplus, err
	case t.has(ctx, name, want): // the answer was lost, or somebody else has created it meanwhile
		return surplus, nil
	case !errors.Is(err, spec.ErrTrustExists):
		return surplus, err
	case len(surplus) == 0:
		return nil, fmt.Errorf("%w; %s takes no further one beside those that it has, which are wanted too, or are for others: "+
			"remove one, or allow it with --prune; where the registry takes one only, leave one in the state file", err, name)
	}
	return surplus[1:], t.replace(ctx, name, surplus[0], want)
}

// replace deletes and creates, as a trusted publisher cannot be edited. Once it has begun it ends, interrupted or not: the
// package must not be left without any. Only for a second factor it waits no longer then.
func (t Truster) replace(ctx context.Context, name spec.Name, old, want spec.TrustedPublisher) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = npm.GoOn(ctx)
	if err := t.Registry.DeleteTrustedPublisher(ctx, name, old.ID); err != nil && !t.gone(ctx, name, old.ID, err) {
		return err
	}
	_, err := t.Registry.CreateTrustedPublisher(ctx, name, want)
	if err == nil || t.has(ctx, name, want) { // an answer that was lost may follow a success
		return nil
	}
	old.ID, old.Created = "", time.Time{} // the registry's to give
	if _, restoreErr := t.Registry.CreateTrustedPublisher(ctx, name, old); restoreErr != nil {
		return fmt.Errorf("%w; %s has lost the trusted publisher that it had, and putting it back failed: %w (%w)",
			err, name, restoreErr, reconcile.ErrHalfDone)
	}
	return fmt.Errorf("%w; the trusted publisher that %s had was put back", err, name)
}

// gone tells whether a deletion that was answered with err has taken place all the same. Where that cannot be found out it
// has to be supposed.
func (t Truster) gone(ctx context.Context, name spec.Name, id string, err error) bool {
	switch {
	case errors.Is(err, spec.ErrNotFound):
		return true
	case errors.Is(err, spec.ErrRefused), errors.Is(err, spec.ErrSecondFactor):
		return false
	}
	have, listErr := t.Registry.TrustedPublishers(ctx, name)
	return listErr != nil || !slices.ContainsFunc(have, func(p spec.TrustedPublisher) bool { return p.ID == id })
}

// has tells whether the wanted trusted publisher is there.
func (t Truster) has(ctx context.Context, name spec.Name, want spec.TrustedPublisher) bool {
	have, err := t.Registry.TrustedPublishers(ctx, name)
	return err == nil && want.Among(have) != nil
}
