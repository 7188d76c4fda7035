package gitlab

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/agent-facets/facets-reconcile/internal/ci"
)

const (
	host = "gitlab.com"

	variableTag = "CI_COMMIT_TAG"
	// variableSigstore has the ID token for Sigstore's certificates, by the convention of Sigstore's clients.
	variableSigstore, audienceSigstore = "SIGSTORE_ID_TOKEN", "sigstore"
)

// Provider is GitLab.
type Provider struct{}

// Facts returns what never changes about GitLab.
func (Provider) Facts() ci.Facts {
	return ci.Facts{
		Type: Type, Name: "GitLab CI/CD", Issuer: "https://" + host,
		MintedBy:  "`id_tokens:`",
		MintNeeds: "write `id_tokens:` with NPM_ID_TOKEN under the job's name in .gitlab-ci.yml",
		OwnRunner: "try the publishing job on an instance runner of " + host + " (without `tags:` of your own runners), to find out",
		MintsOnce: true, Parallel: "`parallel:`",
		Elsewhere: ci.Cause{What: "npm takes those of gitlab.com alone, none of a GitLab that is self-managed",
			Next: "publish from a project on gitlab.com, or by a token"},
		Runner:  ClaimRunner,
		Files:   []string{usualFile},
		Order:   []string{ClaimProject, ClaimConfig, ClaimEnvironment},
		Follows: map[string][]string{ClaimProject: {ClaimConfig, ClaimEnvironment}},
	}
}

// Job reads the variables that GitLab sets in every job. It counts the nodes of a parallel job from 1.
func (Provider) Job(env func(string) string) (ci.Job, bool) {
	const index, total = "CI_NODE_INDEX", "CI_NODE_TOTAL"
	job := ci.Job{
		Tag: env(variableTag), TagVariable: variableTag, Commit: env("CI_COMMIT_SHA"), Page: env("CI_JOB_URL"),
		NodeVariables: [2]string{index, total}, NoIDTokens: env("NPM_ID_TOKEN") == "",
	}
	if number := env(index); number != "" { // a job that is alone has a total of 1, and no index
		job.Index, job.Total = number, env(total)
		if n, err := strconv.Atoi(number); err == nil {
			job.Index = strconv.Itoa(n - 1)
		}
	}
	return job, env("GITLAB_CI") == "true"
}

// Mint finds the ID token that the job got when it started: GitLab makes none later, and puts each into the variable that the pipeline's
// file names. That for the registry is NPM_ID_TOKEN, as in npm.
func (p Provider) Mint(_ context.Context, audience string, with ci.Means) (string, error) {
	variable := "NPM_ID_TOKEN"
	if audience == audienceSigstore {
		variable = variableSigstore
	}
	if raw := with.Env(variable); raw != "" && audience == audienceSigstore {
		return raw, nil
	}
	if with.Env(variable) != "" {
		return "", errors.New("GitLab makes ID tokens only when a job starts, and no newer ones later: start the job again")
	}
	return "", &ci.NoToken{Cause: ci.Cause{
		What: fmt.Sprintf("the job has no ID token for %s ($%s is not set)", audience, variable),
		Next: fmt.Sprintf("write `%s` under the job's name in .gitlab-ci.yml", declaration(variable, audience)),
	}}
}

// MintCommand is what has to stand in the pipeline's file.
func (Provider) MintCommand(audience string) string {
	if audience == audienceSigstore {
		return declaration(variableSigstore, audience)
	}
	return declaration("NPM_ID_TOKEN", audience)
}

func declaration(variable, audience string) string {
	return fmt.Sprintf(`id_tokens: {%s: {aud: "%s"}}`, variable, audience)
}
