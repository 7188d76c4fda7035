package githubactions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
)

const (
	buildType     = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"
	runnerAddress = "https://github.com/actions/runner/"
)

// Origin is what npm 12 states of a job of GitHub Actions (libnpmpublish 12.0.1): SLSA provenance v1.
func (Provider) Origin(lookup ci.Lookup) (provenance.Origin, error) {
	v, err := lookup.All("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_REPOSITORY_ID", "GITHUB_REPOSITORY_OWNER_ID", "GITHUB_WORKFLOW_REF",
		"GITHUB_EVENT_NAME", "GITHUB_REF", "GITHUB_SHA", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", variableRunner)
	if err != nil {
		return provenance.Origin{}, err
	}
	repository := v["GITHUB_SERVER_URL"] + "/" + v["GITHUB_REPOSITORY"]
	path, ref, _ := strings.Cut(strings.TrimPrefix(v["GITHUB_WORKFLOW_REF"], v["GITHUB_REPOSITORY"]+"/"), "@")
	type object = map[string]any
	return provenance.Origin{
		StatementType: provenance.StatementV1, PredicateType: provenance.SLSAV1, Repository: repository,
		Predicate: object{
			"buildDefinition": object{
				"buildType":          buildType,
				"externalParameters": object{"workflow": object{"ref": ref, "repository": repository, "path": path}},
				"internalParameters": object{"github": object{
					"event_name": v["GITHUB_EVENT_NAME"], "repository_id": v["GITHUB_REPOSITORY_ID"],
					"repository_owner_id": v["GITHUB_REPOSITORY_OWNER_ID"],
				}},
				"resolvedDependencies": []object{{
					"uri": fmt.Sprintf("git+%s@%s", repository, v["GITHUB_REF"]), "digest": object{"gitCommit": v["GITHUB_SHA"]},
				}},
			},
			"runDetails": object{
				"builder": object{"id": runnerAddress + v[variableRunner]},
				"metadata": object{
					"invocationId": fmt.Sprintf("%s/actions/runs/%s/attempts/%s", repository, v["GITHUB_RUN_ID"], v["GITHUB_RUN_ATTEMPT"]),
				},
			},
		},
	}, nil
}

// Unattestable finds what npm's registry refuses: repositories that are not public, and runners that are not GitHub's
// (worldcoin/minikit-js#350). npm's client looks only at the first.
func (Provider) Unattestable(have ci.Claims) *ci.Cause {
	switch visibility, runner := have.Job.Values(ClaimVisibility), have.Job.Values(ClaimRunner); {
	case !slices.Equal(visibility, []string{"public"}):
		return &ci.Cause{
			What: fmt.Sprintf("the repository is not public (the ID token's %s is %s), and npm takes provenance of public ones alone",
				ClaimVisibility, ci.List(visibility)),
			Next: "publish from a public repository",
		}
	case !slices.Equal(runner, []string{"github-hosted"}):
		return &ci.Cause{
			What: fmt.Sprintf("the job does not run on a machine of GitHub's (the ID token's %s is %s), and npm takes provenance of those alone",
				ClaimRunner, ci.List(runner)),
			Next: "write `runs-on: ubuntu-latest` in the publishing job",
		}
	}
	return nil
}
