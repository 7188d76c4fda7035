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
// would publish, and that every package of the release may be published. What fails holds back the whole release.
func (r *run) preflight(ctx context.Context, plan Plan) {
	if r.world.Publisher == nil && r.world.Verifier == nil {
		return
	}
	byRelease := map[*desired.Release][]Package{}
	for _, p := range plan.Packages() {
		byRelease[p.release] = append(byRelease[p.release], p)
	}
	for release, packages := range byRelease {
		r.verify(ctx, release, packages)
		if r.world.Publisher == nil {
			continue
		}
		r.inspect(ctx, release, packages)
		if r.preflights[release] == nil && anyChange(packages, r.actionable) && !r.authorized[release] && ctx.Err() == nil {
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

// verify compares what others published with the artifacts, each package when it is first seen to be served.
func (r *run) verify(ctx context.Context, release *desired.Release, packages []Package) {
	if r.world.Verifier == nil {
		return
	}
	unseen := slices.DeleteFunc(slices.Clone(packages), func(p Package) bool {
		rec, _ := r.ledger.look(key{Publish, p.Name, p.Version})
		return p.held != "" || r.snapshot[p.Name].State != observed.Served || rec.ours || r.verified[p.Name]
	})
	for _, p := range unseen {
		r.verified[p.Name] = true
	}
	r.each(ctx, unseen, func(p Package) error {
		is := r.snapshot[p.Name]
		err := r.world.Verifier.Verify(ctx, Publication{Package: p.declared, Release: *release}, *is.Manifest)
		if err != nil && !interrupted(ctx, err) {
			r.ledger.find(unverified(p, err))
		}
		return err
	}, release, "what is served already is not what would be published")
}

func unverified(p Package, err error) Finding {
	f := Finding{
		Type: Unverified, Severity: Error, Package: p.Name, Version: p.Version, Message: err.Error(),
		Next: "see to what is named and run again, or run without --verify",
	}
	if errors.Is(err, ErrDiffers) {
		f.Type, f.Next = Conflict, fmt.Sprintf("find out which is right; then release %s", p.Version.Next())
	}
	return f
}

func (r *run) inspect(ctx context.Context, release *desired.Release, packages []Package) {
	if r.inspected[release] || !anyChange(packages, func(_ Package, c Change) bool { return c.Actor == CI }) {
		return
	}
	r.inspected[release] = true
	if r.policy.Withheld[release.Tag] != "" {
		return
	}
	r.each(ctx, packages, func(p Package) error {
		c, ok := p.change(Publish)
		switch {
		case !ok && (p.held != "" || p.is(Published, True, False)):
			return nil
		case !ok: // it could not be read, and may have to be published yet
			c = Change{Action: Publish, Actor: CI, Reason: ReasonReadFailed, BlockedBy: []string{}}
		}
		err := r.world.Publisher.Inspect(ctx, Publication{Package: p.declared, Release: *release})
		if err != nil && !interrupted(ctx, err) {
			c.Outcome, c.Message = Failed, err.Error()
			r.ledger.note(c.key(p), record{change: c, at: r.world.Clock.Now()})
		}
		return err
	}, release, "an artifact is not what it should be")
}

func (r *run) authorize(ctx context.Context, release *desired.Release, packages []Package) {
	r.authorized[release] = true
	unasked := r.unasked[release]
	unasked.why = nil
	last := unasked.tries+1 >= maxTries
	var mu sync.Mutex
	r.each(ctx, packages, func(p Package) error {
		if p.is(Served, True) {
			return nil
		}
		err := r.world.Publisher.Authorize(ctx, p.Name)
		if err == nil || interrupted(ctx, err) {
			return err
		}
		if errors.Is(err, ErrNotSent) && !last { // nobody said no: ask again later
			mu.Lock()
			defer mu.Unlock()
			unasked.longest = max(unasked.longest, delay(err), hiccup)
			if unasked.why == nil {
				unasked.why = map[spec.Name]error{}
			}
			unasked.why[p.Name] = err
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
	}, release, "a package may not be published")
	if unasked.longest > 0 {
		unasked.tries++
		unasked.again, unasked.longest = r.world.Clock.Now().Add(unasked.longest), 0
		r.unasked[release], r.authorized[release] = unasked, false
	} else {
		delete(r.unasked, release)
	}
}

// postponement is for a release that could not be asked about.
type postponement struct {
	tries   int
	longest time.Duration // that the registry asked for in the last try
	again   time.Time
	why     map[spec.Name]error // of the last try, by package
}

// each runs check over the packages, a few at a time, and holds the release back when any fails.
func (r *run) each(ctx context.Context, packages []Package, check func(Package) error, release *desired.Release, why string) {
	failures := make([]error, len(packages))
	group := new(errgroup.Group)
	group.SetLimit(max(r.Concurrency, 1))
	for i, p := range packages {
		group.Go(func() error { failures[i] = check(p); return nil })
	}
	_ = group.Wait() // failures are in their slots
	var names []string
	for i, err := range failures {
		if err != nil {
			names = append(names, string(packages[i].Name))
		}
	}
	if len(names) > 0 && ctx.Err() == nil {
		r.preflights[release] = &heldError{why, names, errors.Join(failures...)}
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
