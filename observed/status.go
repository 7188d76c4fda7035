package observed

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// StatusReader returns the status that the registry itself gives to a version; "" where it gives none or the request failed, as a failure
// is no evidence.
type StatusReader interface {
	Status(ctx context.Context, name spec.Name, version spec.Version) spec.Status
}

// NumberReader returns the numbers that a package has used. An error is no evidence.
type NumberReader interface {
	Numbers(ctx context.Context, name spec.Name) (spec.Numbers, error)
}

// askStatuses asks for the status of the versions that may be published or are waited for, and that the reads do not show as served.
func (o Observer) askStatuses(ctx context.Context, queries []Query, packages []Package) {
	group := new(errgroup.Group)
	group.SetLimit(max(o.Concurrency, 1))
	numbers := map[spec.Name]func() (spec.Numbers, error){} // each package of npm is asked once
	for i, q := range queries {
		p, name := &packages[i], q.place().onNpm()
		p.Numbers = q.Numbers
		if o.Numbers != nil && numbers[name] == nil {
			numbers[name] = sync.OnceValues(func() (spec.Numbers, error) { return o.Numbers.Numbers(ctx, name) })
		}
		if read := numbers[name]; q.Due && (p.State == Absent || p.State == Accepted || p.State == Staged) {
			group.Go(func() error { o.askStatus(ctx, q, p, read); return nil })
		}
	}
	_ = group.Wait() // what could not be asked is no evidence
}

// askStatus settles a version that is not served: by the registry's status, and where that says nothing, by the numbers that were used.
func (o Observer) askStatus(ctx context.Context, q Query, p *Package, numbers func() (spec.Numbers, error)) {
	if o.Status != nil {
		p.State = p.State.apply(o.Status.Status(ctx, q.place().onNpm(), q.Home.Version(p.Version)))
	}
	if p.Numbers == nil && numbers != nil && p.Existence == Exists && p.wantsNumbers() {
		p.Numbers = &spec.Numbers{} // it is asked once only; a failure is no evidence
		if all, err := numbers(); err == nil {
			own := q.place().numbers(all)
			p.Numbers = &own
		}
	}
	if p.Numbers != nil && p.Numbers.Lost(p.Version) && p.maybeGone(q) {
		p.State = Burnt
	}
	if p.Existence == Missing && (p.State.Coming() || p.State == Staged || p.State == Blocked) {
		p.Existence = Reserved // only versions of names that are taken have such a status
	}
}

// apply returns the state by the registry's status. It is called only for versions that are not served: what the reads show as served is
// served.
func (s State) apply(word spec.Status) State {
	switch word {
	case spec.StatusPublished:
		return Accepted // it is there, and on its way through caches
	case spec.StatusValidating:
		return Validating
	case spec.StatusStaged:
		return Staged
	case spec.StatusBlocked:
		return Blocked
	case spec.StatusDeleted:
		return Burnt
	}
	return s
}

// wantsNumbers tells whether the used numbers are of use: the version would be published, or another number has to be advised.
func (p Package) wantsNumbers() bool { return p.State != Served && p.State != Validating }

// maybeGone tells whether a version that the packument does not have any more counts as deleted. A version that the registry accepted from
// this run, or that a dist-tag names, is on its way, whatever the packument says. A publish that was refused because the number is taken
// is weaker: it says that the version exists or has existed.
func (p Package) maybeGone(q Query) bool {
	taken := q.Accepted || p.Manifest != nil || named(p.DistTags, p.Version)
	return p.State == Absent || p.State == Accepted && q.Taken && !taken
}
