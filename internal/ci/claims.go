package ci

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Claims are what an ID token says of the job that it was issued to.
type Claims struct {
	Issuer   string
	Subject  string
	Audience []string
	IssuedAt time.Time   // zero where the token does not say
	Expires  time.Time   // zero where the token does not say
	Job      spec.Claims // all others, by their full names
}

// Differences compares the claims that are asked for, one by one, without regard to case. Of those in atLeast the job may have more
// values.
func (c Claims) Differences(want spec.TrustedPublisher, atLeast ...string) []spec.ClaimDifference {
	return c.differences(want, Contains, atLeast...)
}

// Exactly compares the claims that are asked for, one by one, and distinguishes upper and lower case.
func (c Claims) Exactly(want spec.TrustedPublisher) []spec.ClaimDifference {
	return c.differences(want, slices.Contains[[]string])
}

func (c Claims) differences(want spec.TrustedPublisher, contains func([]string, string) bool, atLeast ...string) []spec.ClaimDifference {
	var differences []spec.ClaimDifference
	for claim := range want.Claims {
		have, wanted := c.Job.Values(claim), want.Claims.Values(claim)
		lacks := slices.ContainsFunc(wanted, func(s string) bool { return !contains(have, s) })
		surplus := slices.ContainsFunc(have, func(s string) bool { return !contains(wanted, s) })
		if lacks || surplus && !slices.Contains(atLeast, claim) {
			differences = append(differences, spec.ClaimDifference{Claim: claim, Have: have, Want: wanted})
		}
	}
	slices.SortFunc(differences, func(a, b spec.ClaimDifference) int { return strings.Compare(a.Claim, b.Claim) })
	return differences
}

// Files returns the claims with one of them reduced to file names, where the trusted publisher asks for a name alone. Where it asks for a
// whole reference, which holds a slash, that is compared as it is.
func (c Claims) Files(claim string, want spec.TrustedPublisher, file func(reference string) string) Claims {
	asked, references := want.Claims.Values(claim), c.Job.Values(claim)
	if len(references) == 0 || slices.ContainsFunc(asked, func(s string) bool { return strings.Contains(s, "/") }) {
		return c
	}
	names := make([]string, len(references))
	for i, reference := range references {
		names[i] = file(reference)
	}
	c.Job = maps.Clone(c.Job)
	c.Job[claim] = names
	return c
}

// Contains tells whether a value is among the others, without regard to case.
func Contains(values []string, wanted string) bool {
	return slices.ContainsFunc(values, func(value string) bool { return strings.EqualFold(value, wanted) })
}

// CaseOnly explains values that differ in upper and lower case only. The key is the state file's.
func CaseOnly(key, claim string, have, want []string, moved string) (Cause, bool) {
	if len(have) != 1 || len(want) != 1 || !strings.EqualFold(have[0], want[0]) {
		return Cause{}, false
	}
	return Cause{
		What: fmt.Sprintf("the claim %s differs in upper and lower case only (%s, not %s), and npm's fields mind that", claim, have[0], want[0]),
		Next: fmt.Sprintf("write it as the job has it (`%s: %s`): %s", key, have[0], moved),
	}, true
}

// List writes a claim's values, sorted; "none" where there are none.
func List(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(slices.Values(values)), ", ")
}
