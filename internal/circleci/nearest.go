package circleci

import "github.com/agent-facets/facets-reconcile/internal/npm/spec"

// Nearest returns the index of the trusted publisher from which the job differs least, the first of several, and in what: none
// means that the job is the one that it asks for. Without any it is -1.
func (c Claims) Nearest(among spec.TrustedPublishers) (index int, differences []spec.ClaimDifference) {
	index = -1
	for i, want := range among {
		d := c.Differences(want)
		if index < 0 || len(d) < len(differences) {
			index, differences = i, d
		}
	}
	return index, differences
}
