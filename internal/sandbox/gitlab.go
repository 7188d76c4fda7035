package sandbox

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// gitLab is GitLab CI/CD on gitlab.com (docs: "OpenID Connect authentication using ID tokens", "Predefined CI/CD variables reference").
type gitLab struct{}

const (
	gitLabHome   = "/gitlab"
	gitlabHost   = "gitlab.com"
	gitlabServer = "https://" + gitlabHost
	runnerNumber = "12270831"
)

func (gitLab) facts() facts {
	return facts{
		kind: gitlab.Type, name: "GitLab CI/CD", home: gitLabHome, keys: "/oauth/discovery/keys",
		lasts: time.Hour, early: 5 * time.Second, // it expires with the job
		job: Job{Kind: gitlab.Type, File: ".gitlab-ci.yml", Branch: "main", Event: "push", Visibility: "public", Runner: "gitlab-hosted"},
	}
}

func (gitLab) issuer(map[string]any) string { return gitlabServer }

func (gitLab) claims(j Job) map[string]any {
	j = j.numbered()
	ref, short, kind := j.ref()
	group := path.Dir(j.Repository)
	claims := map[string]any{
		"namespace_id": steadyNumber("namespace", group), "namespace_path": group,
		"project_id": steadyNumber("project", j.Repository), gitlab.ClaimProject: j.Repository, gitlab.ClaimVisibility: j.Visibility,
		"user_id": steadyNumber("user", firstUser), "user_login": firstUser, "user_email": firstUser + "@example.test",
		"user_access_level": "owner",
		"pipeline_id":       j.pipeline(), gitlab.ClaimSource: j.Event, "job_id": j.run, "ref": short, "ref_type": kind, "ref_path": ref,
		"ref_protected": fmt.Sprint(j.Tag != "" || short == "main"), "runner_id": runnerNumber, gitlab.ClaimRunner: j.Runner, "sha": j.Commit,
		gitlab.ClaimConfig: gitlabHost + "/" + j.Repository + "//" + j.File + "@" + ref, "ci_config_sha": j.Commit,
	}
	if j.Environment != "" {
		claims[gitlab.ClaimEnvironment], claims["environment_protected"] = j.Environment, "false"
	}
	return claims
}

func (j Job) pipeline() string { return "1" + j.run }

func (gitLab) subject(claims map[string]any) string {
	return fmt.Sprintf("project_path:%v:ref_type:%v:ref:%v", claims[gitlab.ClaimProject], claims["ref_type"], claims["ref"])
}

// fits compares {"file": …} with the path of the configuration in its project. It is not known whether npm distinguishes upper and lower
// case; this registry does.
func (gitLab) fits(claim string, have spec.Claims, want any) bool {
	value, _ := have[claim].(string)
	text, file := wanted(want)
	if file {
		value = configFile(value)
	}
	return text != "" && value == text
}

// configFile returns the path, in its project, of the file in a reference to a pipeline's configuration.
func configFile(reference string) string {
	if _, file, ok := strings.Cut(reference, "//"); ok {
		reference = file
	}
	file, _, _ := strings.Cut(reference, "@")
	return file
}

func (gitLab) bars(spec.Claims) string { return "" }

// environ mints all ID tokens of the job at once, as GitLab does when the job starts.
func (g gitLab) environ(j Job, d desk) ([]string, error) {
	variables := g.variables(j)
	if j.NoIDTokens {
		return lines(variables), nil
	}
	for name, audience := range map[string]string{"NPM_ID_TOKEN": j.Audience, "SIGSTORE_ID_TOKEN": "sigstore"} {
		token, err := d.issuer.mint(j, audience)
		if err != nil {
			return nil, err
		}
		variables[name] = token.Reveal()
	}
	return lines(variables), nil
}

func (gitLab) variables(j Job) map[string]string {
	_, short, _ := j.ref()
	group, name := path.Split(j.Repository)
	group = strings.TrimSuffix(group, "/")
	root, _, _ := strings.Cut(group, "/")
	slug := strings.NewReplacer("/", "-", ".", "-", "@", "-").Replace
	project, job, pipeline := gitlabServer+"/"+j.Repository, j.run, j.pipeline()
	started := "2026-11-01T12:00:00Z"
	variables := map[string]string{
		"GITLAB_CI": "true", "GITLAB_USER_ID": steadyNumber("user", firstUser), "GITLAB_USER_LOGIN": firstUser, "GITLAB_FEATURES": "audit_events",
		"CI_API_V4_URL": gitlabServer + "/api/v4", "CI_API_GRAPHQL_URL": gitlabServer + "/api/graphql",
		"CI_SERVER_URL": gitlabServer, "CI_SERVER_HOST": gitlabHost, "CI_SERVER_NAME": "GitLab", "CI_SERVER_PORT": "443",
		"CI_SERVER_PROTOCOL": "https", "CI_SERVER_REVISION": "0123456789a", "CI_SERVER_SHELL_SSH_HOST": gitlabHost,
		"CI_SERVER_SHELL_SSH_PORT": "22",
		"CI_SERVER_VERSION":        "18.6.0", "CI_SERVER_VERSION_MAJOR": "18", "CI_SERVER_VERSION_MINOR": "6", "CI_SERVER_VERSION_PATCH": "0",
		"CI_TEMPLATE_REGISTRY_HOST": "registry." + gitlabHost, "CI_REGISTRY": "registry." + gitlabHost, "CI_REGISTRY_USER": "gitlab-ci-token",
		"CI_REGISTRY_IMAGE": "registry." + gitlabHost + "/" + strings.ToLower(j.Repository), "CI_PAGES_DOMAIN": "gitlab.io",
		"CI_PAGES_URL":               "https://" + root + ".gitlab.io/" + name,
		"CI_DEPENDENCY_PROXY_SERVER": gitlabHost + ":443", "CI_DEPENDENCY_PROXY_USER": "gitlab-ci-token",
		"CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX":        gitlabHost + ":443/" + root + "/dependency_proxy/containers",
		"CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX": gitlabHost + ":443/" + group + "/dependency_proxy/containers",
		"CI_PROJECT_ID": steadyNumber("project", j.Repository), "CI_PROJECT_NAME": name, "CI_PROJECT_TITLE": name,
		"CI_PROJECT_PATH":      j.Repository,
		"CI_PROJECT_PATH_SLUG": slug(j.Repository), "CI_PROJECT_NAMESPACE": group, "CI_PROJECT_NAMESPACE_ID": steadyNumber("namespace", group),
		"CI_PROJECT_ROOT_NAMESPACE": root, "CI_PROJECT_URL": project, "CI_PROJECT_VISIBILITY": j.Visibility,
		"CI_PROJECT_REPOSITORY_LANGUAGES": "go,typescript", "CI_DEFAULT_BRANCH": "main", "CI_CONFIG_PATH": j.File,
		"CI_COMMIT_SHA": j.Commit, "CI_COMMIT_SHORT_SHA": j.Commit[:min(8, len(j.Commit))], "CI_COMMIT_REF_NAME": short,
		"CI_COMMIT_REF_SLUG":      slug(short),
		"CI_COMMIT_REF_PROTECTED": fmt.Sprint(j.Tag != "" || short == "main"), "CI_COMMIT_TAG": j.Tag, "CI_COMMIT_TITLE": "Release",
		"CI_COMMIT_TIMESTAMP": started, "CI_COMMIT_BEFORE_SHA": strings.Repeat("0", 40), "CI_BUILD_BEFORE_SHA": strings.Repeat("0", 40),
		"CI_PIPELINE_ID": pipeline, "CI_PIPELINE_IID": "12", "CI_PIPELINE_SOURCE": j.Event, "CI_PIPELINE_CREATED_AT": started,
		"CI_PIPELINE_URL": project + "/-/pipelines/" + pipeline, "CI_NODE_TOTAL": "1",
		"CI_JOB_ID": job, "CI_JOB_NAME": "release", "CI_JOB_NAME_SLUG": "release", "CI_JOB_STAGE": "deploy", "CI_JOB_STARTED_AT": started,
		"CI_JOB_URL": project + "/-/jobs/" + job, "CI_BUILD_ID": job, "CI_BUILD_NAME": "release", "CI_BUILD_STAGE": "deploy",
		"CI_BUILD_REF": j.Commit, "CI_BUILD_REF_NAME": short, "CI_BUILD_REF_SLUG": slug(short),
		"CI_RUNNER_ID": runnerNumber, "CI_RUNNER_DESCRIPTION": "1-green.saas-linux-small-amd64.runners-manager.gitlab.com/default",
		"CI_RUNNER_TAGS": `["saas-linux-small-amd64"]`, "CI_RUNNER_EXECUTABLE_ARCH": "linux/amd64",
		"CI_ENVIRONMENT_NAME": j.Environment, "RUNNER_GENERATE_ARTIFACTS_METADATA": "false",
	}
	if j.Tag == "" {
		variables["CI_COMMIT_BRANCH"] = short
	}
	if j.Event == "merge_request_event" {
		delete(variables, "CI_COMMIT_BRANCH")
		variables["CI_MERGE_REQUEST_IID"], variables["CI_MERGE_REQUEST_ID"] = pullRequest, steadyNumber("merge request", pullRequest)
		variables["CI_MERGE_REQUEST_PROJECT_PATH"], variables["CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"] = j.Repository, j.Repository
	}
	return variables
}
