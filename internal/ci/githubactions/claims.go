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

// selfHosted is the value of ClaimRunner, and of the variable RUNNER_ENVIRONMENT, on a self-hosted runner.
const selfHosted = "self-hosted"

// Compared reduces the reference to a workflow to what is asked for: its file's name, or the whole reference. Of a reusable workflow the
// caller counts.
func (Provider) Compared(have ci.Claims, want spec.TrustedPublisher) ci.Claims {
	return have.Files(ClaimWorkflow, want, workflowFile)
}

// Differences distinguishes upper and lower case, as npm's documentation says that its fields do.
func (p Provider) Differences(have ci.Claims, want spec.TrustedPublisher) []spec.ClaimDifference {
	return p.Compared(have, want).Exactly(want)
}

// workflowFile returns the file name in a reference to a workflow.
func workflowFile(reference string) string {
	file, _, _ := strings.Cut(reference, "@")
	return path.Base(file)
}

// Supersedes is true of the same workflow of the same repository, with another environment or other permissions. Another workflow stands
// beside it.
func (Provider) Supersedes(want, have spec.TrustedPublisher) bool {
	return want.Claims.Same(have.Claims, ClaimRepository) && want.Claims.Same(have.Claims, ClaimWorkflow)
}

// Repository returns the repository with GitHub's host name.
func (Provider) Repository(p spec.TrustedPublisher) string {
	if repository := strings.Join(p.Claims.Values(ClaimRepository), ""); repository != "" {
		return host + "/" + repository
	}
	return ""
}

// SelfHosted goes by the claim, and where there is none by the runner's variable.
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
