package reconcile

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// proof says what could prove a trusted publisher that nothing proves yet.
type proof string

const (
	byRelease   proof = "release"
	byNoRelease proof = "no release"
)

// Proof is how a version was published: with which of a package's trusted publishers, as far as the registry tells.
type Proof struct {
	Want spec.TrustedPublishers // those that the state file has
	By   string                 // the CI system; "": it was not published with one
	With string                 // which one of it, by an ID of the registry's; "": it does not say
}

// Holds tells whether the version was published with a desired one of the trusted publishers that the package has. Where the registry names
// no more than the CI system, all of it must be desired ones.
func (p Proof) Holds(have []spec.TrustedPublisher) bool {
	number := 0
	for _, one := range have {
		switch {
		case one.Type != p.By, p.names(have) && !p.named(one):
		case !wanted(p.Want, one):
			return false
		default:
			number++
		}
	}
	return number > 0
}

// Lacks says why the proof does not hold, or "".
func (p Proof) Lacks(name spec.Name, have []spec.TrustedPublisher) string {
	switch {
	case p.Holds(have):
		return ""
	case p.names(have) && !slices.ContainsFunc(have, p.named) && slices.ContainsFunc(have, p.alike):
		return aProof + "the one that published before is none of those that it has now, because it was made anew or npm gives " +
			"them other IDs, and npm checks no values; " + byHand(name)
	}
	return unproven
}

// names tells whether the registry says which trusted publisher it was: they have IDs then.
func (p Proof) names(have []spec.TrustedPublisher) bool {
	return p.With != "" && !slices.ContainsFunc(have, func(one spec.TrustedPublisher) bool { return one.ID == "" })
}

// named tells whether it was this one. A manifest has "oidc:" before the ID; whether the list of trusted publishers has it too is not
// known.
func (p Proof) named(one spec.TrustedPublisher) bool {
	return strings.TrimPrefix(one.ID, "oidc:") == strings.TrimPrefix(p.With, "oidc:")
}

// alike tells whether it is a desired one of the same CI system.
func (p Proof) alike(one spec.TrustedPublisher) bool { return one.Type == p.By && wanted(p.Want, one) }

// wanted tells whether a configured trusted publisher is one of the desired ones.
func wanted(want spec.TrustedPublishers, have spec.TrustedPublisher) bool {
	for i := range want {
		if want[i].Among([]spec.TrustedPublisher{have}) != nil {
			return true
		}
	}
	return false
}
