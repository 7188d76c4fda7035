// Package githubactions is the CI system GitHub Actions: its variables, its ID tokens and their claims, and what npm's page asks of its
// workflows.
//
// Sources: GitHub's documentation of OpenID Connect and of the default environment variables; npm's trusted publishing, and npm 12
// (lib/commands/trust/github.js, lib/utils/oidc.js). Read provider.go first; ci/providers lists it.
package githubactions

import (
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Type is that of trusted publishers whose ID tokens GitHub Actions issues.
const Type = "github"

// The claims of its ID tokens. The first three are those that a trusted publisher may ask for.
const (
	ClaimRepository  = "repository"   // "owner/repo"
	ClaimWorkflow    = "workflow_ref" // "owner/repo/.github/workflows/publish.yml@refs/tags/v1.0.0", of the workflow that was started
	ClaimEnvironment = "environment"  // absent where the job names none

	ClaimJobWorkflow = "job_workflow_ref" // of the file that holds the job: another one, where that is a reusable workflow
	ClaimRef         = "ref"
	ClaimEvent       = "event_name"
	ClaimVisibility  = "repository_visibility"
	ClaimRunner      = "runner_environment" // "github-hosted" or "self-hosted"
)

// selfHosted is the value of ClaimRunner, and of the variable RUNNER_ENVIRONMENT, on a machine of its owner's.
const selfHosted = "self-hosted"

// Compared has of a workflow what is asked for: the name of its file, or the whole reference. Of a reusable workflow it is the caller that
// counts.
func (Provider) Compared(have ci.Claims, want spec.TrustedPublisher) ci.Claims {
	return have.Files(ClaimWorkflow, want, workflowFile)
}

// Differences minds upper and lower case: npm's documentation says that its fields do.
func (p Provider) Differences(have ci.Claims, want spec.TrustedPublisher) []spec.ClaimDifference {
	return p.Compared(have, want).Exactly(want)
}

// workflowFile is the name of the file that a reference to a workflow has.
func workflowFile(reference string) string {
	file, _, _ := strings.Cut(reference, "@")
	return path.Base(file)
}

// Supersedes says so of the same workflow of the same repository, with another environment or other permissions. Another workflow stands
// on its own.
func (Provider) Supersedes(want, have spec.TrustedPublisher) bool {
	return want.Claims.Same(have.Claims, ClaimRepository) && want.Claims.Same(have.Claims, ClaimWorkflow)
}

// Repository is GitHub's.
func (Provider) Repository(p spec.TrustedPublisher) string {
	if repository := strings.Join(p.Claims.Values(ClaimRepository), ""); repository != "" {
		return host + "/" + repository
	}
	return ""
}

// SelfHosted believes the claim, and without one the runner.
func (Provider) SelfHosted(have ci.Claims, environ []string) string {
	claim := have.Job.Values(ClaimRunner)
	switch {
	case slices.Contains(claim, selfHosted):
		return ClaimRunner
	case len(claim) == 0 && slices.Contains(environ, variableRunner+"="+selfHosted):
		return variableRunner
	}
	return ""
}
