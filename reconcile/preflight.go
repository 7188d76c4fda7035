package reconcile

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// preflight checks, once, all that can be known before the first version of a release is sent: the artifacts that this run
// would publish, and that every package of the release may be published. What fails holds back the whole release.
func (r *run) preflight(ctx context.Context, plan Plan) {
	if r.world.Publisher == nil {
		return
	}
	byRelease := map[*desired.Release][]Package{}
	for _, p := range plan.Packages() {
		byRelease[p.release] = append(byRelease[p.release], p)
	}
	for release, packages := range byRelease {
		r.inspect(ctx, release, packages)
		if r.preflights[release] == nil && anyChange(packages, r.actionable) && !r.authorized[release] {
			r.authorize(ctx, release, packages)
		}
	}
}

func anyChange(packages []Package, is func(Package, Change) bool) bool {
	for _, p := range packages {
		for _, c := range p.Changes {
			if c.Action == Publish && is(p, c) {
				return true
			}
		}
	}
	return false
}

func (r *run) inspect(ctx context.Context, release *desired.Release, packages []Package) {
	if r.inspected[release] || !anyChange(packages, func(_ Package, c Change) bool { return c.Actor == CI }) {
		return
	}
	r.inspected[release] = true
	if r.policy.Withheld[release.Tag] != "" {
		return
	}
	r.each(packages, func(p Package) error {
		c, ok := p.change(Publish)
		if !ok {
			return nil
		}
		err := r.world.Publisher.Inspect(ctx, Publication{p.declared, *release})
		if err != nil {
			c.Outcome, c.Message = Failed, err.Error()
			r.ledger.note(c.key(p), record{change: c, at: r.world.Clock.Now()})
		}
		return err
	}, release, "an artifact is not what it should be")
}

func (r *run) authorize(ctx context.Context, release *desired.Release, packages []Package) {
	r.authorized[release] = true
	r.each(packages, func(p Package) error {
		if p.is(Served, True) {
			return nil
		}
		err := r.world.Publisher.Authorize(ctx, p.Name)
		c, mine := p.change(Publish)
		if err == nil || !mine {
			return err
		}
		c.Outcome, c.Message = Failed, err.Error()
		if errors.Is(err, spec.ErrRefused) {
			c.Outcome, c.Actor = Refused, Human
		}
		r.ledger.note(c.key(p), record{change: c, at: r.world.Clock.Now()})
		return err
	}, release, "a package may not be published")
}

// each runs check over the packages, a few at a time, and holds the release back when any fails.
func (r *run) each(packages []Package, check func(Package) error, release *desired.Release, why string) {
	failures := make([]error, len(packages))
	group := new(errgroup.Group)
	group.SetLimit(max(r.Concurrency, 1))
	for i, p := range packages {
		group.Go(func() error { failures[i] = check(p); return nil })
	}
	_ = group.Wait() // failures are in their slots
	if err := errors.Join(failures...); err != nil {
		r.preflights[release] = fmt.Errorf("nothing of this release is published, as %s: %w", why, err)
	}
}
