// Package circleci is the CI system CircleCI: its variables, its ID tokens and their claims, and what npm's page asks of its pipelines.
//
// Sources: CircleCI's documentation of OpenID Connect tokens and of built-in environment variables; npm's trusted publishing.
// Read provider.go first; ci/providers lists it.
package circleci

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Type is that of trusted publishers whose ID tokens CircleCI issues.
const Type = "circleci"

// The claims of its ID tokens.
const (
	ClaimOrganization       = claimPrefix + "org-id"
	ClaimProject            = claimPrefix + "project-id"
	ClaimPipelineDefinition = claimPrefix + "pipeline-definition-id"
	ClaimContexts           = claimPrefix + "context-ids"
	ClaimVCSOrigin          = claimPrefix + "vcs-origin"
	ClaimVCSRef             = claimPrefix + "vcs-ref"
	ClaimSSHRerun           = claimPrefix + "ssh-rerun"

	claimPrefix = "oidc.circleci.com/"
)

// Compared returns the claims unchanged.
func (Provider) Compared(have ci.Claims, _ spec.TrustedPublisher) ci.Claims { return have }

// Differences lets the job have more contexts than are wanted. A rerun with SSH is a difference of its own.
func (p Provider) Differences(have ci.Claims, want spec.TrustedPublisher) []spec.ClaimDifference {
	differences := have.Differences(want, ClaimContexts)
	if rerun(have) {
		differences = append(differences, spec.ClaimDifference{Claim: ClaimSSHRerun, Have: []string{"true"}, Want: []string{"false"}})
		slices.SortFunc(differences, func(a, b spec.ClaimDifference) int { return strings.Compare(a.Claim, b.Claim) })
	}
	return differences
}

// rerun tells whether the job was rerun with SSH, which registries refuse whatever else fits (npm/cli#10004).
func rerun(c ci.Claims) bool { return c.Job[ClaimSSHRerun] == true || c.Job[ClaimSSHRerun] == "true" }

// Supersedes is true of the same pipeline definition with other claims or permissions, and of the same repository in another organisation
// or project, as the project has moved there. Another pipeline of the same project is superseded by none: one for development and one for
// releases stand side by side.
func (Provider) Supersedes(want, have spec.TrustedPublisher) bool {
	same := func(claims ...string) bool {
		return !slices.ContainsFunc(claims, func(claim string) bool { return !want.Claims.Same(have.Claims, claim) })
	}
	return same(ClaimPipelineDefinition) || same(ClaimVCSOrigin) && !same(ClaimOrganization, ClaimProject)
}

// Repository returns the vcs origin, which has this form.
func (Provider) Repository(p spec.TrustedPublisher) string {
	return strings.Join(p.Claims.Values(ClaimVCSOrigin), "")
}

// SelfHosted returns the name of a variable that configures CircleCI's self-hosted runners, or of a claim that speaks of a runner.
// CircleCI documents no sign of one.
func (Provider) SelfHosted(have ci.Claims, environ []string) string {
	for claim := range have.Job {
		if strings.Contains(strings.TrimPrefix(claim, claimPrefix), "runner") {
			return claim
		}
	}
	for _, variable := range environ {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "CIRCLECI_RUNNER_") {
			return name
		}
	}
	return ""
}
