package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// preflight checks, once, all that can be known before the first version of a release is sent: the artifacts that this run
// would publish, and that every package of the release may be published. What fails holds back the whole release. Releases are
// checked side by side, as a library is often one of its own.
func (r *run) preflight(ctx context.Context, plan Plan) {
	packages := plan.Packages()
	if r.world.Verifier != nil {
		r.verify(ctx, packages)
	}
	if r.world.Publisher == nil {
		return
	}
	byRelease := map[*desired.Release][]Package{}
	for _, p := range packages {
		byRelease[p.release] = append(byRelease[p.release], p)
	}
	if r.world.Inspector != nil {
		r.inspect(ctx, of(packages, func(p Package) bool { return r.inspectable(p.release, byRelease[p.release]) }))
	}
	if ctx.Err() != nil {
		return
	}
	due := of(packages, func(p Package) bool {
		return r.preflights[p.release] == nil && !r.authorized[p.release] && anyChange(byRelease[p.release], r.actionable)
	})
	r.authorize(ctx, due)
	r.unprovenDirect(ctx, due)
}

// of returns those packages whose release is to be checked.
func of(packages []Package, due func(Package) bool) []Package {
	return slices.DeleteFunc(slices.Clone(packages), func(p Package) bool { return !due(p) })
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

// verify compares what others published with the artifacts, each package when it is first seen to be served.
func (r *run) verify(ctx context.Context, packages []Package) {
	unseen := of(packages, func(p Package) bool {
		rec, _ := r.ledger.look(key{Publish, p.Name, p.Version})
		return p.held == "" && r.snapshot[p.Name].State == observed.Served && !rec.ours && !r.verified[p.Name]
	})
	for _, p := range unseen {
		r.verified[p.Name] = true
	}
	r.each(ctx, unseen, func(p Package) error {
		is := r.snapshot[p.Name]
		err := r.world.Verifier.Verify(ctx, Publication{Package: p.declared, Release: *p.release}, *is.Manifest)
		if err != nil && !interrupted(ctx, err) {
			r.ledger.find(r.unverified(p, err))
		}
		return err
	}, "what is served already is not what would be published")
}

func (r *run) unverified(p Package, err error) Finding {
	f := Finding{
		Type: Unverified, Severity: Error, Package: p.Name, Version: p.Version, Message: err.Error(),
		Next: "see to what is named and run again, or run without --verify",
	}
	if errors.Is(err, ErrDiffers) {
		f.Type, f.Next = Conflict, fmt.Sprintf("find out which is right; then release %s", r.free(p))
	}
	return f
}

// inspectable tells whether a release's artifacts are still to be looked at, because this run would publish some of them.
func (r *run) inspectable(release *desired.Release, packages []Package) bool {
	return !r.inspected[release] && r.policy.Withheld[release.Tag] == "" &&
		anyChange(packages, func(_ Package, c Change) bool { return c.Actor == CI })
}

func (r *run) inspect(ctx context.Context, packages []Package) {
	for _, p := range packages {
		r.inspected[p.release] = true
	}
	r.each(ctx, packages, func(p Package) error {
		c, ok := p.change(Publish)
		switch {
		case !ok && (p.held != "" || p.is(Published, True, False)):
			return nil
		case !ok: // it could not be read, and may have to be published yet
			c = Change{Action: Publish, Actor: CI, Reason: ReasonReadFailed, BlockedBy: []string{}}
		}
		inspection, err := r.look(ctx, p)
		for _, d := range inspection.Defects {
			r.ledger.find(d.finding(p))
		}
		if err == nil {
			err = refusal(inspection.Defects)
		}
		if err != nil && !interrupted(ctx, err) {
			c.Outcome, c.Message = Failed, err.Error()
			r.ledger.note(c.key(p), record{change: c, at: r.world.Clock.Now()})
		}
		return err
	}, "an artifact is not what it should be")
}

// authorize asks whether every package may be published. A release of which the registry could not be asked is asked about
// again later, a few times.
func (r *run) authorize(ctx context.Context, packages []Package) {
	asked := map[*desired.Release]*postponement{}
	for _, p := range packages {
		r.authorized[p.release] = true
		asked[p.release] = &postponement{tries: r.unasked[p.release].tries}
	}
	var mu sync.Mutex
	r.each(ctx, packages, func(p Package) error {
		if p.is(Served, True) {
			return nil
		}
		err := r.world.Publisher.Authorize(ctx, p.Name)
		if err == nil || interrupted(ctx, err) {
			return err
		}
		unasked := asked[p.release]
		if errors.Is(err, ErrNotSent) && unasked.tries+1 < maxTries { // nobody said no: ask again later
			mu.Lock()
			defer mu.Unlock()
			unasked.note(p.Name, err)
			return nil
		}
		c, mine := p.change(Publish)
		if !mine { // another run's to publish, and yet what stops this one
			c = Change{Action: Publish, Actor: CI, Reason: "Unauthorized", BlockedBy: []string{}}
		}
		c.Outcome, c.Message = Failed, err.Error()
		if errors.Is(err, spec.ErrRefused) {
			c.Outcome, c.Actor = Refused, Human
		}
		r.ledger.note(c.key(p), record{change: c, at: r.world.Clock.Now()})
		return err
	}, "a package may not be published")
	for release, unasked := range asked {
		delete(r.unasked, release)
		if unasked.longest > 0 {
			unasked.tries++
			unasked.again = r.world.Clock.Now().Add(unasked.longest)
			r.unasked[release], r.authorized[release] = *unasked, false
		}
	}
}

// postponement is for a release that could not be asked about.
type postponement struct {
	tries   int
	longest time.Duration // that the registry asked for in the last try
	again   time.Time
	why     map[spec.Name]error // of the last try, by package
}

func (p *postponement) note(name spec.Name, err error) {
	p.longest = max(p.longest, delay(err), hiccup)
	if p.why == nil {
		p.why = map[spec.Name]error{}
	}
	p.why[name] = err
}

// each runs check over packages, a few at a time, and holds back the releases of which any fails.
func (r *run) each(ctx context.Context, packages []Package, check func(Package) error, why string) {
	failures := make([]error, len(packages))
	group := new(errgroup.Group)
	group.SetLimit(max(r.Concurrency, 1))
	for i, p := range packages {
		group.Go(func() error { failures[i] = check(p); return nil })
	}
	_ = group.Wait() // failures are in their slots
	held := map[*desired.Release]*heldError{}
	for i, err := range failures {
		if err == nil || interrupted(ctx, err) {
			continue
		}
		p := packages[i]
		if held[p.release] == nil {
			held[p.release] = &heldError{why: why}
			r.preflights[p.release] = held[p.release]
		}
		h := held[p.release]
		h.names, h.err = append(h.names, string(p.Name)), errors.Join(h.err, err)
	}
}

// heldError holds back a release. The failures behind it are reported where they happened.
type heldError struct {
	why   string
	names []string
	err   error
}

func (e *heldError) Error() string {
	return fmt.Sprintf("nothing of this release is published, as %s: %s", e.why, Enumerate(e.names))
}

func (e *heldError) Unwrap() error { return e.err }
