package circleci

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// SSHRerun tells whether the job was rerun with SSH, which registries refuse whatever else fits (npm/cli#10004).
func (c Claims) SSHRerun() bool {
	return c.Job[spec.ClaimSSHRerun] == true || c.Job[spec.ClaimSSHRerun] == "true"
}

// Differences compares what the job is with what a trusted publisher asks for, sorted by claim: none means that a refusal
// is not to be explained by the job. Only claims that are asked for count, without regard to case. Of the contexts the
// job may have more than are asked for, not fewer. An SSH rerun is a difference of its own.
func (c Claims) Differences(want spec.TrustedPublisher) []spec.ClaimDifference {
	var differences []spec.ClaimDifference
	for claim := range want.Claims {
		have, wanted := c.Job.Values(claim), want.Claims.Values(claim)
		compared := have
		if claim == spec.ClaimContexts {
			compared = slices.DeleteFunc(slices.Clone(have), func(id string) bool { return !contains(wanted, id) })
		}
		if !sameSet(compared, wanted) {
			differences = append(differences, spec.ClaimDifference{Claim: claim, Have: have, Want: wanted})
		}
	}
	if c.SSHRerun() {
		differences = append(differences, spec.ClaimDifference{
			Claim: spec.ClaimSSHRerun, Have: []string{"true"}, Want: []string{"false"},
		})
	}
	slices.SortFunc(differences, func(a, b spec.ClaimDifference) int { return strings.Compare(a.Claim, b.Claim) })
	return differences
}

func contains(values []string, wanted string) bool {
	return slices.ContainsFunc(values, func(value string) bool { return strings.EqualFold(value, wanted) })
}

func sameSet(a, b []string) bool {
	within := func(inner, outer []string) bool {
		return !slices.ContainsFunc(inner, func(s string) bool { return !contains(outer, s) })
	}
	return within(a, b) && within(b, a)
}
