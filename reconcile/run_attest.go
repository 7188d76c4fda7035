package reconcile

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Attester knows whether versions can have provenance: a signed statement of where they were built.
type Attester interface {
	// Attestable makes sure that a version can have the provenance which the state file requires of it. It publishes nothing. Its error
	// wraps ErrUnsigned where that may be otherwise later.
	Attestable(ctx context.Context, p Publication) error
}

// Unwanted says that a version could have provenance, and that somebody wants none.
type Unwanted struct{ By string } // what says so, and where

func (u *Unwanted) Error() string { return u.By + " wants none" }

// attestable stops a release that requires provenance and can have none, before the first version of it is sent. Where nobody signs it at
// the moment the release waits, until the deadline.
func (r *run) attestable(ctx context.Context, packages []Package) {
	required := filter(packages, func(p Package) bool {
		_, mine := p.change(p.upload())
		staged, _ := p.Condition(Staged)
		others := !p.InScope() && !p.is(Published, True) && staged.Status != True // another run sends it
		return (mine || others) && p.release.Provenance == desired.ProvenanceRequired
	})
	var mu sync.Mutex
	unsigned := map[*releaseProgress]*authorization{}
	r.checkReleases(ctx, required, func(p Package) error {
		publication := r.publication(p)
		publication.First = r.snapshot[p.Name].Existence == observed.Missing
		err := r.world.Attester.Attestable(ctx, publication)
		if errors.Is(err, ErrUnsigned) && !interrupted(ctx, err) {
			mu.Lock()
			defer mu.Unlock()
			release := r.progress(p.Name).release
			if unsigned[release] == nil {
				unsigned[release] = &authorization{tries: release.authorization.tries}
			}
			unsigned[release].postpone(p.Name, max(delay(err), lastPause), err)
			return nil
		}
		if err != nil && !interrupted(ctx, err) {
			c, mine := p.change(p.upload())
			if !mine {
				c = Change{Action: p.upload(), Actor: CI, Reason: string(Unattested), BlockedBy: []Blocker{}}
			}
			r.progress(p.Name).recordAttempt(failedAttempt(c, err, r.world.Clock.Now()))
		}
		return err
	}, "provenance is required and cannot be had")
	for release, open := range unsigned {
		release.askAgain(*open, "for provenance to be signed", r.world.Clock.Now())
	}
}

// unattested tells why this run has sent a version without the provenance that it would have had. It cannot be added later.
func (r *run) unattested(p Package) []Finding {
	why := r.progress(p.Name).unattested
	if why == nil {
		return nil
	}
	next := "none can be added to this version; the next release has it again. To stop instead of publishing without it, write " +
		"`provenance: required` in the state file"
	if _, wished := errors.AsType[*Unwanted](why); wished {
		next = "none can be added to this version. Take that out where it should have some; to say it without this note, write " +
			"`provenance: off` in the state file"
	}
	sent := map[Action]string{Publish: "published", Stage: "staged"}[p.upload()]
	return []Finding{{
		Type: Unattested, Severity: Warning, Package: p.Name, Version: p.Version,
		Message: fmt.Sprintf("%s was %s without provenance: %v", p.ID(), sent, why),
		Next:    next,
	}}
}
