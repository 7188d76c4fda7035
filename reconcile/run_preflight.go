package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// preflight checks, once, all that can be known before the first version of a release is sent: that the artifacts of this run are good, and
// that every package of the release may be published. One failure stops the whole release, as what was sent cannot be taken back. Releases
// are checked side by side, because each library is often a release of its own.
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
		r.inspect(ctx, filter(packages, func(p Package) bool { return r.inspectable(p, byRelease[p.release]) }))
		r.readNeedsElsewhere(ctx, packages)
	}
	if ctx.Err() != nil {
		return
	}
	due := filter(packages, func(p Package) bool {
		release := r.progress(p.Name).release
		return release.preflight == nil && !release.authorized && anyPublish(byRelease[p.release], r.actionable)
	})
	if r.world.Attester != nil {
		r.attestable(ctx, due)
	}
	r.authorize(ctx, filter(due, func(p Package) bool { return r.progress(p.Name).release.mayPublish(r.world.Clock.Now()) }))
	r.noteUnprovenDirect(ctx, due)
}

// filter returns the packages for which due is true.
func filter(packages []Package, due func(Package) bool) []Package {
	return slices.DeleteFunc(slices.Clone(packages), func(p Package) bool { return !due(p) })
}

// anyPublish tells whether these packages have a publish for which the test is true.
func anyPublish(packages []Package, is func(Package, Change) bool) bool {
	for _, p := range packages {
		for _, c := range p.Changes {
			if c.Action == p.upload() && is(p, c) {
				return true
			}
		}
	}
	return false
}

// verify compares versions that somebody else has published with the artifacts, each as soon as it is seen to be served.
func (r *run) verify(ctx context.Context, packages []Package) {
	unseen := filter(packages, func(p Package) bool {
		progress := r.progress(p.Name)
		seen := p.InScope() && !p.lookedAt() && r.snapshot[p.Name].State == observed.Served
		return seen && !progress.uploadAttempt().ours() && !progress.verified
	})
	for _, p := range unseen {
		r.progress(p.Name).verified = true
	}
	r.checkReleases(ctx, unseen, func(p Package) error {
		is := r.snapshot[p.Name]
		err := r.world.Verifier.Verify(ctx, Publication{Package: p.declared, Release: *p.release}, *is.Manifest)
		if err != nil && !interrupted(ctx, err) {
			r.progress(p.Name).addFinding(r.unverified(p, err))
		}
		return err
	}, "what is served already is not what would be published")
}

// lookedAt tells whether another pipeline publishes the package: a block that has no artifact is only looked at here.
func (p Package) lookedAt() bool { return p.declared.Artifact == "" && p.release.ReleasedApart() }

func (r *run) unverified(p Package, err error) Finding {
	f := Finding{
		Type: Unverified, Severity: Error, Package: p.Name, Version: p.Version, Message: err.Error(),
		Next: "see to what is named and run again, or run without --verify",
	}
	if errors.Is(err, ErrDiffers) {
		f.Type, f.Next = Conflict, fmt.Sprintf("find out which is right; then release %s", r.freeNumber(p))
	}
	return f
}

// inspectable tells whether the artifact of p is still to be read: this run would publish packages of its release, and has not read the
// artifacts of that release yet.
func (r *run) inspectable(p Package, packages []Package) bool {
	return r.policy.makes(p.upload()) && !r.progress(p.Name).release.inspected && r.policy.Withheld[p.release.Tag] == "" &&
		anyPublish(packages, func(_ Package, c Change) bool { return c.Actor == CI })
}

func (r *run) inspect(ctx context.Context, packages []Package) {
	for _, p := range packages {
		r.progress(p.Name).release.inspected = true
	}
	r.checkReleases(ctx, packages, func(p Package) error {
		c, ok := p.change(p.upload())
		switch {
		case !ok && (!p.InScope() || p.is(Published, True, False)):
			return nil
		case !ok: // it could not be read, and may have to be published yet
			c = Change{Action: p.upload(), Actor: CI, Reason: ReasonReadFailed, BlockedBy: []Blocker{}}
		}
		inspection, err := r.inspectOne(ctx, p)
		if err == nil {
			err = refusal(inspection.Defects)
		}
		if err != nil && !interrupted(ctx, err) {
			r.progress(p.Name).recordAttempt(failedAttempt(c, err, r.world.Clock.Now()))
		}
		return err
	}, "an artifact is not what it should be")
}

// authorize asks the registry whether every package may be published. Where it does not answer, it is asked again later, a few times, and
// the release waits.
func (r *run) authorize(ctx context.Context, packages []Package) {
	asked := map[*releaseProgress]*authorization{}
	known := map[spec.Name]bool{}
	once := filter(packages, func(p Package) bool { // each package of npm
		due := !p.is(Served, True) && !known[p.OnNpm()]
		known[p.OnNpm()] = known[p.OnNpm()] || due
		return due
	})
	for _, p := range packages {
		release := r.progress(p.Name).release
		release.authorized = true
		asked[release] = &authorization{tries: release.authorization.tries}
	}
	var mu sync.Mutex
	r.checkReleases(ctx, once, func(p Package) error {
		err := r.world.Publisher.Authorize(ctx, p.OnNpm())
		if err == nil || interrupted(ctx, err) {
			return err
		}
		progress := r.progress(p.Name)
		unanswered := asked[progress.release]
		if errors.Is(err, ErrNotSent) && unanswered.tries+1 < maxTries { // nobody said no: ask again later
			mu.Lock()
			defer mu.Unlock()
			unanswered.postpone(p.Name, max(delay(err), hiccup), fmt.Errorf("it could not be asked whether this may be published: %w", err))
			return nil
		}
		c, mine := p.change(p.upload())
		if !mine { // another run publishes it, and still it stops this one
			c = Change{Action: p.upload(), Actor: CI, Reason: "Unauthorized", BlockedBy: []Blocker{}}
		}
		a := failedAttempt(c, err, r.world.Clock.Now())
		if errors.Is(err, spec.ErrRefused) {
			a.change.Outcome, a.change.Actor = Refused, Human
		}
		progress.recordAttempt(a)
		return err
	}, "a package may not be published")
	for release, unanswered := range asked {
		if release.authorization = (authorization{}); unanswered.pause > 0 {
			unanswered.tries++
			release.authorized = false
			release.askAgain(*unanswered, "for the registry to say whether they may be published", r.world.Clock.Now())
		}
	}
}

// checkReleases runs check over packages, a few at a time, and stops every release that has a package which fails. All failures are kept,
// not only the first.
func (r *run) checkReleases(ctx context.Context, packages []Package, check func(Package) error, why string) {
	failures := make([]error, len(packages))
	r.sideBySide(len(packages), func(i int) { failures[i] = check(packages[i]) })
	stops := map[*releaseProgress]*preflightError{}
	for i, err := range failures {
		if err == nil || interrupted(ctx, err) {
			continue
		}
		release := r.progress(packages[i].Name).release
		stop := stops[release]
		if stop == nil {
			stop = &preflightError{why: why}
			stops[release], release.preflight = stop, stop
		}
		stop.names, stop.err = append(stop.names, string(packages[i].Name)), errors.Join(stop.err, err)
	}
}

// sideBySide calls do with each number from 0 to n-1, a few at a time.
func (r *run) sideBySide(n int, do func(i int)) {
	group := new(errgroup.Group)
	group.SetLimit(max(r.Concurrency, 1))
	for i := range n {
		group.Go(func() error { do(i); return nil })
	}
	_ = group.Wait() // do keeps its errors
}

// preflightError stops a release. The failures behind it are reported where they happened.
type preflightError struct {
	why   string
	names []string
	err   error
}

func (e *preflightError) Error() string {
	return fmt.Sprintf("nothing of this release is published, as %s: %s", e.why, Enumerate(e.names))
}

func (e *preflightError) Unwrap() error { return e.err }
