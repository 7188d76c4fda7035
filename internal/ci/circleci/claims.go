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

// Compared takes them as they are.
func (Provider) Compared(have ci.Claims, _ spec.TrustedPublisher) ci.Claims { return have }

// Differences asks for no fewer contexts than are wanted. An SSH rerun is a difference of its own.
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

// Supersedes says so of the same pipeline with other claims or permissions, and of the same repository built by another organisation or
// project, whose house has moved. Another pipeline of the same project stands on its own, as those of development and release do.
func (Provider) Supersedes(want, have spec.TrustedPublisher) bool {
	same := func(claims ...string) bool {
		return !slices.ContainsFunc(claims, func(claim string) bool { return !want.Claims.Same(have.Claims, claim) })
	}
	return same(ClaimPipelineDefinition) || same(ClaimVCSOrigin) && !same(ClaimOrganization, ClaimProject)
}

// Repository is the origin, which is written so.
func (Provider) Repository(p spec.TrustedPublisher) string {
	return strings.Join(p.Claims.Values(ClaimVCSOrigin), "")
}

// SelfHosted finds the name of a variable that CircleCI's runners are configured by, or of a claim that speaks of a runner. CircleCI
// documents no sign of it.
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
