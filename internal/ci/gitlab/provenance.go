package gitlab

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
)

const buildType = "https://github.com/npm/cli/gitlab/v0alpha1"

// Origin is what npm 12 states of a job of GitLab (libnpmpublish 12.0.1): SLSA provenance v0.2, with the variables of the job that hold
// no secret.
func (Provider) Origin(lookup ci.Lookup) (provenance.Origin, error) {
	v, err := lookup.All("CI_PROJECT_URL", "CI_PROJECT_PATH", "CI_RUNNER_ID", "CI_COMMIT_SHA", "CI_JOB_NAME", "CI_JOB_ID", "CI_JOB_URL",
		"CI_PIPELINE_ID", "CI_SERVER_URL")
	if err != nil {
		return provenance.Origin{}, err
	}
	type object = map[string]any
	source := object{"uri": "git+" + v["CI_PROJECT_URL"], "digest": object{"sha1": v["CI_COMMIT_SHA"]}}
	environment := object{
		"server": v["CI_SERVER_URL"], "project": v["CI_PROJECT_PATH"], "job": object{"id": v["CI_JOB_ID"]},
	}
	pipeline := object{"id": v["CI_PIPELINE_ID"]}
	environment["pipeline"] = pipeline
	for variable, at := range map[string]struct {
		in    object
		field string
	}{
		"CI_RUNNER_DESCRIPTION": {environment, "name"}, "CI_RUNNER_EXECUTABLE_ARCH": {environment, "architecture"},
		"CI_CONFIG_PATH": {pipeline, "ref"},
	} {
		if value, ok := lookup(variable); ok {
			at.in[at.field] = value
		}
	}
	return provenance.Origin{
		StatementType: provenance.StatementV01, PredicateType: provenance.SLSAV02, Repository: v["CI_PROJECT_URL"],
		Predicate: object{
			"buildType": buildType,
			"builder":   object{"id": fmt.Sprintf("%s/-/runners/%s", v["CI_PROJECT_URL"], v["CI_RUNNER_ID"])},
			"invocation": object{
				"configSource": object{"uri": source["uri"], "digest": source["digest"], "entryPoint": v["CI_JOB_NAME"]},
				"parameters":   lookup.Some(parameters()...), "environment": environment,
			},
			"metadata": object{
				"buildInvocationId": v["CI_JOB_URL"], "reproducible": false,
				"completeness": object{"parameters": true, "environment": true, "materials": false},
			},
			"materials": []object{source},
		},
	}, nil
}

// Unattestable finds what npm's registry refuses: projects that are not public, and runners that are not GitLab's.
func (Provider) Unattestable(have ci.Claims) *ci.Cause {
	switch visibility, runner := have.Job.Values(ClaimVisibility), have.Job.Values(ClaimRunner); {
	case !slices.Equal(visibility, []string{"public"}):
		return &ci.Cause{
			What: fmt.Sprintf("the project is not public (the ID token's %s is %s), and npm takes provenance of public ones alone",
				ClaimVisibility, ci.List(visibility)),
			Next: "publish from a public project",
		}
	case !slices.Equal(runner, []string{"gitlab-hosted"}):
		return &ci.Cause{
			What: fmt.Sprintf("the job does not run on an instance runner of %s (the ID token's %s is %s), and npm takes provenance of those alone",
				host, ClaimRunner, ci.List(runner)),
			Next: "take away the `tags:` of your own runners in the publishing job",
		}
	}
	return nil
}

// parameters returns the names of the variables that npm states.
func parameters() []string {
	return []string{
		"CI", "CI_API_GRAPHQL_URL", "CI_API_V4_URL",
		"CI_BUILD_BEFORE_SHA", "CI_BUILD_ID", "CI_BUILD_NAME", "CI_BUILD_REF", "CI_BUILD_REF_NAME", "CI_BUILD_REF_SLUG", "CI_BUILD_STAGE",
		"CI_COMMIT_BEFORE_SHA", "CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "CI_COMMIT_REF_PROTECTED", "CI_COMMIT_REF_SLUG", "CI_COMMIT_SHA",
		"CI_COMMIT_SHORT_SHA", "CI_COMMIT_TIMESTAMP", "CI_COMMIT_TITLE", "CI_CONFIG_PATH", "CI_DEFAULT_BRANCH",
		"CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX", "CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX", "CI_DEPENDENCY_PROXY_SERVER",
		"CI_DEPENDENCY_PROXY_USER",
		"CI_JOB_ID", "CI_JOB_NAME", "CI_JOB_NAME_SLUG", "CI_JOB_STAGE", "CI_JOB_STARTED_AT", "CI_JOB_URL", "CI_NODE_TOTAL",
		"CI_PAGES_DOMAIN", "CI_PAGES_URL", "CI_PIPELINE_CREATED_AT", "CI_PIPELINE_ID", "CI_PIPELINE_IID", "CI_PIPELINE_SOURCE", "CI_PIPELINE_URL",
		"CI_PROJECT_CLASSIFICATION_LABEL", "CI_PROJECT_DESCRIPTION", "CI_PROJECT_ID", "CI_PROJECT_NAME", "CI_PROJECT_NAMESPACE",
		"CI_PROJECT_NAMESPACE_ID", "CI_PROJECT_PATH", "CI_PROJECT_PATH_SLUG", "CI_PROJECT_REPOSITORY_LANGUAGES", "CI_PROJECT_ROOT_NAMESPACE",
		"CI_PROJECT_TITLE", "CI_PROJECT_URL", "CI_PROJECT_VISIBILITY", "CI_REGISTRY", "CI_REGISTRY_IMAGE", "CI_REGISTRY_USER",
		"CI_RUNNER_DESCRIPTION", "CI_RUNNER_ID", "CI_RUNNER_TAGS", "CI_SERVER_HOST", "CI_SERVER_NAME", "CI_SERVER_PORT", "CI_SERVER_PROTOCOL",
		"CI_SERVER_REVISION", "CI_SERVER_SHELL_SSH_HOST", "CI_SERVER_SHELL_SSH_PORT", "CI_SERVER_URL", "CI_SERVER_VERSION",
		"CI_SERVER_VERSION_MAJOR", "CI_SERVER_VERSION_MINOR", "CI_SERVER_VERSION_PATCH", "CI_TEMPLATE_REGISTRY_HOST",
		"GITLAB_CI", "GITLAB_FEATURES", "GITLAB_USER_ID", "GITLAB_USER_LOGIN", "RUNNER_GENERATE_ARTIFACTS_METADATA",
	}
}
