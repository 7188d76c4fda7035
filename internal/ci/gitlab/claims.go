// Package gitlab is the CI system of GitLab.com: its variables, its ID tokens and their claims, and what npm's page asks of its pipelines.
//
// Sources: GitLab's documentation of ID tokens and of predefined variables; npm's trusted publishing, and npm 12
// (lib/commands/trust/gitlab.js, lib/utils/oidc.js). Read provider.go first; ci/providers lists it.
package gitlab

import (
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Type is that of trusted publishers whose ID tokens GitLab issues.
const Type = "gitlab"

// The claims of its ID tokens. The first three are those that a trusted publisher may ask for.
const (
	ClaimProject     = "project_path"      // "group/subgroup/project"
	ClaimConfig      = "ci_config_ref_uri" // "gitlab.com/group/project//.gitlab-ci.yml@refs/tags/v1.0.0"; none where that is elsewhere
	ClaimEnvironment = "environment"       // absent where the job names none

	ClaimRef        = "ref"
	ClaimSource     = "pipeline_source"
	ClaimVisibility = "project_visibility"
	ClaimRunner     = "runner_environment" // "gitlab-hosted" or "self-hosted"
)

// Compared reduces the reference to a pipeline's file to what is asked for: its name, or the whole reference.
func (Provider) Compared(have ci.Claims, want spec.TrustedPublisher) ci.Claims {
	return have.Files(ClaimConfig, want, configFile)
}

// Differences distinguishes upper and lower case, as npm's documentation says that its fields do.
func (p Provider) Differences(have ci.Claims, want spec.TrustedPublisher) []spec.ClaimDifference {
	return p.Compared(have, want).Exactly(want)
}

// configFile returns the file name in a reference to a pipeline's file.
func configFile(reference string) string { return path.Base(configPath(reference)) }

// configPath returns the path of that file in its project.
func configPath(reference string) string {
	if _, file, ok := strings.Cut(reference, "//"); ok {
		reference = file
	}
	file, _, _ := strings.Cut(reference, "@")
	return file
}

// Supersedes is true of the same file of the same project, with another environment or other permissions. Another file stands beside it.
func (Provider) Supersedes(want, have spec.TrustedPublisher) bool {
	return want.Claims.Same(have.Claims, ClaimProject) && want.Claims.Same(have.Claims, ClaimConfig)
}

// Repository returns the project with GitLab's host name.
func (Provider) Repository(p spec.TrustedPublisher) string {
	if project := strings.Join(p.Claims.Values(ClaimProject), ""); project != "" {
		return host + "/" + project
	}
	return ""
}

// SelfHosted goes by the claim, which every ID token has. No variable tells it.
func (Provider) SelfHosted(have ci.Claims, _ []string) string {
	if slices.Contains(have.Job.Values(ClaimRunner), "self-hosted") {
		return ClaimRunner
	}
	return ""
}
