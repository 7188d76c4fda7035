package reconcile

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// review reads what is staged before any of it is approved: that it is what the artifacts are, where these are here, and what it needs. It
// returns the plan that follows from that. What could not be read stops its release, as an approval cannot be taken back. What is gone by
// then, as somebody else has approved or rejected it, is looked for once more.
func (r *run) review(ctx context.Context, plan Plan) Plan {
	if r.world.Reviewer == nil || ctx.Err() != nil {
		return plan
	}
	unread := filter(plan.Packages(), func(p Package) bool {
		stage := r.snapshot[p.Name].Stage
		return stage != nil && r.want.Reviews[p.Name].ID != stage.ID && r.decidedByContents(p)
	})
	if len(unread) == 0 {
		return plan
	}
	var gone atomic.Bool
	r.checkReleases(ctx, unread, func(p Package) error {
		stage := r.snapshot[p.Name].Stage
		review, err := r.world.Reviewer.Review(ctx, r.publication(p), *stage)
		if errors.Is(err, spec.ErrNotFound) && r.progress(p.Name).miss(stage.ID) {
			gone.Store(true)
			return nil
		}
		if err != nil && !errors.Is(err, ErrDiffers) {
			c, approves := p.change(Approve)
			if !approves {
				c = Change{Action: Reject, Actor: Human, Reason: ReasonStaged}
			}
			if !interrupted(ctx, err) {
				r.progress(p.Name).recordAttempt(failedAttempt(c, err, r.world.Clock.Now()))
			}
			return err
		}
		needs := review.Needs.among(r.want.versions(), p.declared, *p.release)
		r.progress(p.Name).setReview(Reviewed{ID: stage.ID, Review: review, Err: err}, needs)
		return nil
	}, "what is staged could not be read")
	r.want.Reviews = map[spec.Name]Reviewed{}
	for name, progress := range r.packages {
		r.want.Reviews[name] = progress.review
	}
	if gone.Load() {
		if next, err := r.observe(ctx); err == nil {
			return r.review(ctx, next)
		}
	}
	return r.movedBack(Diff(r.want, r.snapshot, r.policy))
}

// decidedByContents tells whether what is done about a staged version follows from what it holds: it is approved where that is right, or
// rejected where it is wrong and no more was asked for than that.
func (r *run) decidedByContents(p Package) bool {
	_, approves := p.change(Approve)
	_, rejects := p.change(Reject)
	staged := r.snapshot[p.Name].State == observed.Staged && p.InScope()
	return approves && r.policy.makes(Approve) || staged && !rejects && r.policy.names(Reject)
}

// Window is the time for which the first package of a release was public and its last one not yet.
type Window struct {
	Tag     string  `json:"tag"`
	Seconds float64 `json:"seconds"`
}

// windows returns, for each release that this run approved to its end, the time from the first approval until the last version was served.
func (r *run) windows() (windows []Window) {
	for _, release := range r.want.Releases {
		var first, last time.Time
		whole := len(release.Packages) > 1
		for _, p := range release.Packages {
			progress := r.progress(p.Name)
			approved := progress.lastAttempt(Approve)
			whole = whole && approved.accepted() && r.snapshot[p.Name].State == observed.Served
			if first.IsZero() || approved.at.Before(first) {
				first = approved.at
			}
			if progress.servedAt.After(last) {
				last = progress.servedAt
			}
		}
		if whole {
			windows = append(windows, Window{Tag: release.Tag, Seconds: max(last.Sub(first), 0).Seconds()})
		}
	}
	return windows
}
