package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// gitHubActions is GitHub Actions (docs: "OpenID Connect reference", "Variables reference").
type gitHubActions struct{}

const (
	selfHosted = "self-hosted"

	actionsHome   = "/actions"
	actionsMints  = actionsHome + "/plans/" // and what job it is, /idtoken
	actionsMint   = "/idtoken"
	actionsAPI    = "api-version"
	actionsServer = "https://github.com"
)

func (gitHubActions) facts() facts {
	return facts{
		kind: githubactions.Type, name: "GitHub Actions", home: actionsHome, keys: "/.well-known/jwks",
		lasts: 5 * time.Minute, early: 10 * time.Minute, // as in the example of its documentation
		job: Job{Kind: githubactions.Type, File: "publish.yml", Branch: "main", Event: "push", Visibility: "public", Runner: "github-hosted"},
	}
}

func (gitHubActions) issuer(map[string]any) string {
	return "https://token.actions.githubusercontent.com"
}

func (gitHubActions) claims(j Job) map[string]any {
	j = j.numbered()
	ref, _, kind := j.ref()
	owner, _, _ := strings.Cut(j.Repository, "/")
	workflow := j.workflowRef()
	claims := map[string]any{
		githubactions.ClaimRepository: j.Repository, "repository_id": steadyNumber("repository", j.Repository), "repository_owner": owner,
		"repository_owner_id": steadyNumber("owner", owner), githubactions.ClaimVisibility: j.Visibility,
		"workflow": workflowName, githubactions.ClaimWorkflow: workflow, "workflow_sha": j.Commit,
		githubactions.ClaimJobWorkflow: workflow, "job_workflow_sha": j.Commit,
		githubactions.ClaimRef: ref, "ref_type": kind, "ref_protected": "false", "base_ref": "", "head_ref": "", "sha": j.Commit,
		"run_id": j.run, "run_number": "12", "run_attempt": "1",
		"actor": firstUser, "actor_id": steadyNumber("user", firstUser), githubactions.ClaimEvent: j.Event, githubactions.ClaimRunner: j.Runner,
	}
	if j.Environment != "" {
		claims[githubactions.ClaimEnvironment] = j.Environment
	}
	return claims
}

// workflowName is what the workflow calls itself.
const workflowName = "release"

func (j Job) workflowRef() string {
	ref, _, _ := j.ref()
	return j.Repository + "/.github/workflows/" + j.File + "@" + ref
}

func (gitHubActions) subject(claims map[string]any) string {
	what := fmt.Sprintf("ref:%v", claims["ref"])
	if environment := claims[githubactions.ClaimEnvironment]; environment != nil {
		what = fmt.Sprintf("environment:%v", environment)
	} else if claims[githubactions.ClaimEvent] == "pull_request" {
		what = "pull_request"
	}
	return fmt.Sprintf("repo:%v:%s", claims[githubactions.ClaimRepository], what)
}

// fits compares {"file": …} with the name of the workflow's file, and ignores its repository and ref. It is not known whether npm
// distinguishes upper and lower case; this registry does.
func (gitHubActions) fits(claim string, have spec.Claims, want any) bool {
	value, _ := have[claim].(string)
	text, file := wanted(want)
	if file {
		value = workflowFile(value)
	}
	return text != "" && value == text
}

// workflowFile returns the file name in a reference to a workflow.
func workflowFile(reference string) string {
	file, _, _ := strings.Cut(reference, "@")
	return file[strings.LastIndex(file, "/")+1:]
}

func (gitHubActions) bars(spec.Claims) string { return "" }

func (gitHubActions) environ(j Job, d desk) ([]string, error) {
	ref, short, kind := j.ref()
	owner, _, _ := strings.Cut(j.Repository, "/")
	variables := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": firstUser, "GITHUB_ACTOR_ID": steadyNumber("user", firstUser),
		"GITHUB_API_URL": d.origin + "/github", "GITHUB_SERVER_URL": actionsServer, "GITHUB_EVENT_NAME": j.Event,
		"GITHUB_REF": ref, "GITHUB_REF_NAME": short, "GITHUB_REF_TYPE": kind, "GITHUB_REF_PROTECTED": "false", "GITHUB_SHA": j.Commit,
		"GITHUB_REPOSITORY": j.Repository, "GITHUB_REPOSITORY_ID": steadyNumber("repository", j.Repository),
		"GITHUB_REPOSITORY_OWNER": owner, "GITHUB_REPOSITORY_OWNER_ID": steadyNumber("owner", owner),
		"GITHUB_RUN_ID": j.run, "GITHUB_RUN_NUMBER": "12", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_JOB": "release",
		"GITHUB_WORKFLOW": workflowName, "GITHUB_WORKFLOW_REF": j.workflowRef(), "GITHUB_WORKFLOW_SHA": j.Commit,
		"RUNNER_ENVIRONMENT": j.Runner, "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "RUNNER_NAME": "GitHub Actions 1",
	}
	if !j.NoIDTokens {
		ticket := d.issuer.ticket(j)
		variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = d.origin + actionsMints + j.run + actionsMint + "?" + actionsAPI + "=2.0"
		variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = ticket.Reveal()
	}
	return lines(variables), nil
}

// ticket returns a new secret with which a job can ask for ID tokens.
func (i *issuer) ticket(j Job) spec.Secret {
	i.mu.Lock()
	defer i.mu.Unlock()
	ticket := newToken()
	i.tickets[ticket] = j
	return spec.NewSecret(ticket)
}

// holder returns the job that a ticket was made for.
func (i *issuer) holder(ticket string) (Job, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	j, ok := i.tickets[ticket]
	return j, ok
}

// serveActions mints an ID token for a job that shows its ticket. As on GitHub, the address that the job gets has a query, and does not
// work without it.
func (all *issuers) serveActions(rw http.ResponseWriter, r *http.Request) error {
	i, err := all.of(githubactions.Type)
	if err != nil {
		return err
	}
	_, ticket, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	job, ok := i.holder(ticket)
	switch run := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, actionsMints), actionsMint); {
	case !isRead(r):
		return methodNotAllowed()
	case !ok || run != job.run:
		return refuse(http.StatusUnauthorized, "the job may not have ID tokens")
	case r.URL.Query().Get(actionsAPI) == "":
		return refuse(http.StatusBadRequest, "the address lacks its %s", actionsAPI)
	}
	owner, _, _ := strings.Cut(job.Repository, "/")
	token, err := i.mint(job, cmp.Or(r.URL.Query().Get("audience"), actionsServer+"/"+owner))
	if err != nil {
		return err
	}
	rw.Header().Set("Cache-Control", "no-store")
	return sendJSON(rw, http.StatusOK, map[string]any{"count": len(token.Reveal()), "value": token.Reveal()})
}
