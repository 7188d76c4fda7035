package observed

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// StatusReader gives the registry's own word on a version. "" is none: whatever went wrong is no evidence.
type StatusReader interface {
	Status(ctx context.Context, name spec.Name, version spec.Version) spec.Status
}

// NumberReader tells which numbers a package has used. Any error is no evidence.
type NumberReader interface {
	Numbers(ctx context.Context, name spec.Name) (spec.Numbers, error)
}

// askAll asks about what may be published or is waited for, where the reads do not show it.
func (o Observer) askAll(ctx context.Context, queries []Query, packages []Package) {
	group := new(errgroup.Group)
	group.SetLimit(max(o.Concurrency, 1))
	for i, q := range queries {
		p := &packages[i]
		p.Numbers = q.Numbers
		if q.Due && (p.State == Absent || p.State == Accepted) {
			group.Go(func() error { o.ask(ctx, q, p); return nil })
		}
	}
	_ = group.Wait() // what could not be asked is no evidence
}

// ask settles by the registry's own word a version that is not served, and by the numbers that were used one of which nothing
// tells otherwise.
func (o Observer) ask(ctx context.Context, q Query, p *Package) {
	if o.Status != nil {
		p.State = p.State.by(o.Status.Status(ctx, p.Name, p.Version))
	}
	if p.Numbers == nil && o.Numbers != nil && p.Existence == Exists && p.wantsNumbers() {
		p.Numbers = &spec.Numbers{} // asked once: what could not be read is no evidence, then and later
		if numbers, err := o.Numbers.Numbers(ctx, p.Name); err == nil {
			p.Numbers = &numbers
		}
	}
	if p.Numbers != nil && p.Numbers.Lost(p.Version) && p.maybeGone(q) {
		p.State = Burnt
	}
	if p.Existence == Missing && (p.State.Coming() || p.State == Staged || p.State == Blocked) {
		p.Existence = Reserved // only of a name that is taken is that said
	}
}

// by applies the registry's word to what the reads have shown. Those that show a version served are not doubted.
func (s State) by(word spec.Status) State {
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

// wantsNumbers tells whether the version would be published, or another number is to be advised.
func (p Package) wantsNumbers() bool { return p.State != Served && p.State != Validating }

// maybeGone tells whether a version that the packument no longer has may be taken for deleted. One that the registry took from
// this run, or that a dist-tag names, is on its way, whatever a packument says. That a publish was refused because the number is
// taken says only that the version is there or was.
func (p Package) maybeGone(q Query) bool {
	taken := q.Accepted || p.Manifest != nil || named(p.DistTags, p.Version)
	return p.State == Absent || p.State == Accepted && q.Taken && !taken
}
