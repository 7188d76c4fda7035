package githubactions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const (
	host = "github.com"

	variableRunner = "RUNNER_ENVIRONMENT"
	variableURL    = "ACTIONS_ID_TOKEN_REQUEST_URL"
	variableBearer = "ACTIONS_ID_TOKEN_REQUEST_TOKEN" // #nosec G101 -- a variable's name
	variableRef    = "GITHUB_REF_NAME"
)

// Provider is GitHub Actions.
type Provider struct{}

// Facts returns what never changes about GitHub Actions.
func (Provider) Facts() ci.Facts {
	return ci.Facts{
		Type: Type, Name: "GitHub Actions", Issuer: "https://token.actions.githubusercontent.com",
		MintedBy:  "$" + variableURL,
		MintNeeds: "run the job again; githubstatus.com tells whether GitHub has trouble",
		Elsewhere: ci.Cause{What: "npm takes those of github.com alone, none of a GitHub Enterprise Server",
			Next: "publish from a repository on github.com, or by a token"},
		ObeysLog:  true,
		Runner:    ClaimRunner,
		OwnRunner: "try the publishing job on a machine of GitHub's (`runs-on: ubuntu-latest`), to find out",
		Files:     []string{workflows + "*.yml", workflows + "*.yaml"},
		Order:     []string{ClaimRepository, ClaimWorkflow, ClaimEnvironment},
		Follows:   map[string][]string{ClaimRepository: {ClaimWorkflow, ClaimEnvironment}},
	}
}

// Job reads the variables that GitHub sets in every job. A job of a matrix does not learn its number from them.
func (Provider) Job(env func(string) string) (ci.Job, bool) {
	job := ci.Job{TagVariable: variableRef, Commit: env("GITHUB_SHA"), NoIDTokens: env(variableURL) == ""}
	if env("GITHUB_REF_TYPE") == "tag" {
		job.Tag = env(variableRef)
	}
	if server, repository, run := env("GITHUB_SERVER_URL"), env("GITHUB_REPOSITORY"), env("GITHUB_RUN_ID"); repository != "" && run != "" {
		job.Page = server + "/" + repository + "/actions/runs/" + run
	}
	return job, env("GITHUB_ACTIONS") == "true"
}

// Mint asks GitHub, at the address that a job gets if it may have ID tokens.
func (Provider) Mint(ctx context.Context, audience string, with ci.Means) (string, error) {
	at, bearer := with.Env(variableURL), spec.NewSecret(with.Env(variableBearer))
	switch {
	case at == "":
		return "", unpermitted(variableURL, with.Env)
	case bearer.Empty():
		return "", unpermitted(variableBearer, with.Env)
	}
	address, err := url.Parse(at)
	switch {
	case err != nil || address.Host == "" || address.User != nil:
		return "", errors.New("it is not the address of a service: leave it as GitHub sets it")
	case address.Scheme != "https" && (address.Scheme != "http" || !spec.Loopback(address.Hostname())):
		return "", fmt.Errorf("it is not https, and anybody on the way to %s could read the job's secret: leave it as GitHub sets it",
			address.Host)
	}
	if address.RawQuery != "" {
		address.RawQuery += "&"
	}
	address.RawQuery += "audience=" + url.QueryEscape(audience)
	body, err := with.Get(ctx, address.String(), bearer)
	if err != nil {
		return "", err
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Value == "" { // the error may quote the token
		return "", errors.New("GitHub's answer holds no ID token: run the job again")
	}
	return answer.Value, nil
}

// unpermitted tells why GitHub gives the job no address to ask at.
func unpermitted(variable string, env func(string) string) error {
	if event := env("GITHUB_EVENT_NAME"); strings.HasPrefix(event, "pull_request") {
		return &ci.NoToken{Cause: ci.Cause{
			What: "the job may not ask for ID tokens: a pull request started it ($GITHUB_EVENT_NAME is " + event + "), and those of forks get none",
			Next: "publish by a workflow that a tag starts: `on: {push: {tags: [\"v*\"]}}`",
		}}
	}
	return &ci.NoToken{Cause: ci.Cause{
		What: "the job may not ask for ID tokens ($" + variable + " is not set)",
		Next: "write `permissions: {contents: read, id-token: write}` under the job's name in the workflow; where another workflow calls it, " +
			"also under the name of the calling job",
	}}
}

// MintCommand is the command by which a human does what Mint does.
func (Provider) MintCommand(audience string) string {
	return fmt.Sprintf(`curl -fsS -H "Authorization: bearer $%s" "$%s&audience=%s" | jq -r .value`, variableBearer, variableURL, audience)
}
