package doctor

import (
	"errors"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report/advice"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Cause is a possible reason for a refusal.
type Cause struct {
	What string `json:"what"`
	Next string `json:"next"` // what to do about it
}

// Explain lists the likely causes of a refused exchange, the most likely first. refusal is the error of the exchange, or of getting the
// ID token for it. claims are the ID token's; those of a token that was not sent are found in the refusal. exists is false only where the
// package's name is known to be free. Of the symptoms only those count that hold for all packages.
func (s Symptoms) Explain(refusal error, claims ci.Claims, exists bool) []Cause {
	return s.viewOf(claims).explain(refusal, exists, observed.Trust{})
}

// Headline begins a sentence that the names of packages end; what Explain lists follows.
func Headline(refusal error) string {
	var unfit *idtoken.UnfitError
	switch {
	case errors.Is(refusal, spec.ErrRefused):
		return "the ID token was refused for"
	case !unminted(refusal) && (errors.As(refusal, &unfit) || errors.Is(refusal, idtoken.ErrMalformed)):
		return "the ID token cannot be used for"
	}
	return "there is no ID token for"
}

// unminted tells whether the job should have got an ID token and did not. An NPM_ID_TOKEN that does not fit comes first.
func unminted(refusal error) bool {
	var unfit *idtoken.UnfitError
	_, failed := errors.AsType[*idtoken.MintError](refusal)
	return failed && !(errors.As(refusal, &unfit) && unfit.From == idtoken.FromNPM)
}

// explain is Explain, which also uses what a human's session has seen of the package's trusted publishers.
func (v view) explain(refusal error, exists bool, trust observed.Trust) []Cause {
	var unfit *idtoken.UnfitError
	isUnfit := errors.As(refusal, &unfit)
	if isUnfit {
		v.claims, v.audience = unfit.Claims, unfit.Audience
	}
	switch {
	case refusal == nil:
		return []Cause{}
	case unminted(refusal):
		if none, ok := errors.AsType[*ci.NoToken](refusal); ok {
			return []Cause{Cause(none.Cause)}
		}
		return []Cause{{v.provider.Facts().Name + " gave the job no ID token for the registry",
			v.provider.Facts().MintNeeds + "; by hand: " + v.mint()}}
	case isUnfit:
		return v.unauthorized()
	case errors.Is(refusal, idtoken.ErrMalformed):
		return []Cause{v.malformed()}
	case errors.Is(refusal, spec.ErrUnsupported):
		return []Cause{{"this registry has no trusted publishing", "correct --registry, or publish with a token: apply --auth token"}}
	case !errors.Is(refusal, spec.ErrRefused):
		return []Cause{trouble(refusal)}
	}
	switch npm.ReasonOf(refusal) {
	case npm.NoneTrusted:
		return v.notFound(exists, trust)
	case npm.IDTokenRefused:
		return v.unauthorized()
	case npm.IDTokenMalformed:
		return append(v.tokenFaults(), v.malformed())
	}
	return append(v.tokenFaults(), Cause{"the registry refuses for a reason of its own, which its answer may tell",
		"check that --registry is the right one, and what stands between it and this machine"})
}

// notFound explains a 404, which is npm's answer to everything that does not fit.
func (v view) notFound(exists bool, trust observed.Trust) []Cause {
	causes := v.jobDifferences()
	if foreign := v.foreign(); foreign != nil { // so all its claims differ
		causes = []Cause{*foreign}
	}
	if !exists {
		unseeded := Cause{"the name does not exist yet, and only packages that do have trusted publishers", v.calling.seed()}
		return slices.Insert(causes, len(v.barred()), unseeded) // first comes what bars the job from every package
	}
	if trust.Listed {
		return append(causes, v.listed(spec.TrustedPublishers{v.want}, trust)...)
	}
	if len(causes) > 0 {
		return causes // other causes show only when this one is removed
	}
	unlisted := append(v.doubts(), []Cause{
		{"the package has no trusted publisher", v.calling.trust()},
		{"its trusted publisher differs from the state file, perhaps by a letter: npm checks nothing when it is saved",
			"a human compares them: " + v.calling.asHuman("plan") + "; what differs is mended by: " + v.calling.command("apply --only trust")},
		v.expiredPublisher(),
	}...)
	switch {
	case v.taken, v.hosted():
		return unlisted
	case v.onRunner():
		return append([]Cause{v.runner()}, unlisted...)
	}
	return append(unlisted, v.runner())
}

func (v view) expiredPublisher() Cause {
	anew := v.calling.command("apply --only trust")
	if !v.calling.Sandbox { // in a rehearsal apply itself deletes it
		anew = v.calling.npm("trust revoke") + ", then " + anew
	}
	return Cause{"its trusted publisher has expired: a new one lasts two days unless something is published by it",
		"a human deletes it and sets it anew (" + anew + "); publish within two days"}
}

func (v view) unauthorized() []Cause {
	causes := v.tokenFaults()
	if len(causes) > 0 {
		return causes
	}
	return []Cause{
		{"the ID token has expired, or is older than about five minutes, by the registry's clock",
			"set this machine's clock; where it is right, " + v.howToRenew()},
		{"the ID token is for another registry's host name than the one it was sent to", v.howToMint()},
	}
}

func (v view) malformed() Cause {
	return Cause{"the ID token is malformed: cut short, with something around it, or a token of another kind",
		"leave NPM_ID_TOKEN alone in the job; " + v.howToMint()}
}

// trouble explains an error that is no refusal.
func trouble(err error) Cause {
	what, next := advice.OnTrouble(err)
	return Cause{what, next}
}
