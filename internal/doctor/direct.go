package doctor

import (
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// exchanged judges a package for which the registry took the ID token. The token that it gave may be for staging only. That shows in the
// trusted publisher's permissions, or at the upload.
func (s Symptoms) exchanged(p *Package, t observed.Trust) {
	const taken = "the registry exchanged the ID token"
	p.Status, p.Evidence, p.Message = OK, ByExchange, taken
	if t.Listed {
		s.addSessionEvidence(p, t)
	}
	if p.Status == OK && !s.mayPublishDirectly(t) {
		p.Status = Unknown
		p.Message = taken + "; direct publishing is unproven: the exchange does not tell whether the trusted publisher may more than " +
			"stage, and nothing was published by ID token yet"
	}
}

// addSessionEvidence adds what a session sees where the ID token was taken: trusted publishers of other pipelines, and whether that of
// this one may only stage.
func (s Symptoms) addSessionEvidence(p *Package, t observed.Trust) {
	var want spec.TrustedPublishers
	for _, w := range s.Want {
		own := len(s.Want) == 1 || t.Fitting != nil && w.Same(*t.Fitting)
		stages := slices.ContainsFunc(t.Publishers, func(have spec.TrustedPublisher) bool { return have.MayOnlyStage(w) })
		if !own || stages {
			want = append(want, w)
		}
	}
	other := Package{Status: Wrong}
	if s.configured(&other, want, t); other.Status != OK {
		p.Status, p.Causes = Wrong, other.Causes
		p.Message += "; " + other.Message
	}
}

// mayPublishDirectly tells whether something shows that the package may be published directly, or whether nobody wants that.
func (s Symptoms) mayPublishDirectly(t observed.Trust) bool {
	if len(s.Want) > 0 && !slices.ContainsFunc(s.Want, func(w spec.TrustedPublisher) bool {
		return slices.Contains(w.Permissions, spec.PermissionPublish)
	}) {
		return true
	}
	return t.PublishedBy != "" || slices.ContainsFunc(s.Want, func(w spec.TrustedPublisher) bool {
		return t.Listed && w.Among(t.Publishers) != nil
	})
}

// onlyStages explains a trusted publisher with which every exchange succeeds and every publish is refused.
func (v view) onlyStages() Cause {
	return Cause{"the trusted publisher may only stage, which npm's form preselects: the exchange succeeds, and each publish is refused",
		"a human replaces it: " + v.calling.asHuman("apply --only trust") +
			"; or adds `npm publish` to its allowed actions on the package's page"}
}
