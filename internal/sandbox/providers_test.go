package sandbox_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// publisher is a trusted publisher as npm's client sends it.
func publisher(kind string, claims map[string]any) spec.TrustedPublisher {
	return spec.TrustedPublisher{Type: kind, Claims: claims, Permissions: []string{spec.PermissionPublish}}
}

func file(name string) map[string]any { return map[string]any{"file": name} }

// variables reads what JobEnv returns.
func variables(lines []string) map[string]string {
	all := map[string]string{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		all[name] = value
	}
	return all
}

func (s *site) jobEnv(j sandbox.Job) map[string]string {
	s.t.Helper()
	lines, err := s.world.JobEnv(j)
	s.Expect(err).NotTo(HaveOccurred())
	return variables(lines)
}

// keys are the public keys that an issuer's discovery document leads to.
func (s *site) keys(home, issuer string) jwt.Keyfunc {
	s.t.Helper()
	discovery := s.get(home + "/.well-known/openid-configuration")
	s.Expect(discovery.field("issuer")).To(Equal(issuer))
	var set struct {
		Keys []struct{ Kid, N, E string }
	}
	s.Expect(json.Unmarshal([]byte(s.get(discovery.field("jwks_uri")).body), &set)).To(Succeed())
	s.Expect(set.Keys).To(HaveLen(1))
	number := func(text string) *big.Int {
		data, err := base64.RawURLEncoding.DecodeString(text)
		s.Expect(err).NotTo(HaveOccurred())
		return new(big.Int).SetBytes(data)
	}
	key := &rsa.PublicKey{N: number(set.Keys[0].N), E: int(number(set.Keys[0].E).Int64())}
	return func(*jwt.Token) (any, error) { return key, nil }
}

// read verifies an ID token by the issuer's own keys.
func (s *site) read(raw string, keys jwt.Keyfunc) jwt.MapClaims {
	s.t.Helper()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(raw, claims, keys, jwt.WithTimeFunc(s.clock.Now))
	s.Expect(err).NotTo(HaveOccurred())
	return claims
}

func TestAJobOfGitHubActionsAsksForItsIDTokens(t *testing.T) {
	s := serve(t, sandbox.Options{})
	env := s.jobEnv(sandbox.Job{Kind: githubactions.Type, Tag: "v1.0.0", File: "release.yml", Environment: "npm"})
	s.Expect(env).To(And(HaveKeyWithValue("GITHUB_ACTIONS", "true"), HaveKeyWithValue("GITHUB_REPOSITORY", "agent-facets/facets"),
		HaveKeyWithValue("GITHUB_WORKFLOW_REF", "agent-facets/facets/.github/workflows/release.yml@refs/tags/v1.0.0"),
		HaveKeyWithValue("GITHUB_REF_TYPE", "tag"), HaveKeyWithValue("GITHUB_SHA", s.world.Head()), Not(HaveKey("NPM_ID_TOKEN"))))
	address, ticket := env["ACTIONS_ID_TOKEN_REQUEST_URL"], "Authorization: Bearer "+env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
	keys := s.keys("/actions", "https://token.actions.githubusercontent.com")

	s.Expect(s.get(address + "&audience=x").status).To(Equal(401))
	s.Expect(s.get(address+"&audience=x", bearer(s.world.Session())).status).To(Equal(401))
	s.Expect(s.get(strings.ReplaceAll(address, env["GITHUB_RUN_ID"], "1")+"&audience=x", ticket).status).To(Equal(401), "another job's")
	withoutQuery, _, _ := strings.Cut(address, "?")
	s.Expect(s.get(withoutQuery+"?audience=x", ticket).status).To(Equal(400))
	s.Expect(s.do(http.MethodPost, address, "{}", ticket).status).To(Equal(405))

	answer := s.get(address+"&audience=npm:127.0.0.1", ticket)
	claims := s.read(answer.field("value"), keys)
	s.Expect(answer.body).To(ContainSubstring(`"count":`))
	for claim, value := range map[string]any{
		"aud": "npm:127.0.0.1", "sub": "repo:agent-facets/facets:environment:npm", "repository": "agent-facets/facets", "repository_owner": "agent-facets",
		"workflow_ref": env["GITHUB_WORKFLOW_REF"], "job_workflow_ref": env["GITHUB_WORKFLOW_REF"], "ref": "refs/tags/v1.0.0", "ref_type": "tag",
		"environment": "npm", "runner_environment": "github-hosted", "run_id": env["GITHUB_RUN_ID"], "repository_id": env["GITHUB_REPOSITORY_ID"],
		"repository_visibility": "public", "event_name": "push", "sha": s.world.Head(),
	} {
		s.Expect(claims).To(HaveKeyWithValue(claim, value))
	}
	s.Expect(s.read(s.get(address, ticket).field("value"), keys)).To(HaveKeyWithValue("aud", "https://github.com/agent-facets"), "by default")

	plain := s.jobEnv(sandbox.Job{Kind: githubactions.Type, Event: "pull_request", NoIDTokens: true})
	s.Expect(plain).To(HaveKeyWithValue("GITHUB_REF", "refs/pull/7/merge"))
	s.Expect(plain).NotTo(Or(HaveKey("ACTIONS_ID_TOKEN_REQUEST_URL"), HaveKey("ACTIONS_ID_TOKEN_REQUEST_TOKEN")))
}

func TestAJobOfGitLabFindsItsIDTokens(t *testing.T) {
	s := serve(t, sandbox.Options{Jobs: map[string]sandbox.Job{gitlab.Type: {Repository: "g/sub/p", Environment: "production"}}})
	env := s.jobEnv(sandbox.Job{Kind: gitlab.Type, Tag: "v1.0.0"})
	s.Expect(env).To(And(HaveKeyWithValue("GITLAB_CI", "true"), HaveKeyWithValue("CI_PROJECT_PATH", "g/sub/p"), HaveKeyWithValue("CI_COMMIT_TAG", "v1.0.0"),
		HaveKeyWithValue("CI_PROJECT_NAMESPACE", "g/sub"), HaveKeyWithValue("CI_PROJECT_ROOT_NAMESPACE", "g"), Not(HaveKey("CI_COMMIT_BRANCH"))))
	keys := s.keys("/gitlab", "https://gitlab.com")
	for name, audience := range map[string]string{"NPM_ID_TOKEN": "npm:127.0.0.1", "SIGSTORE_ID_TOKEN": "sigstore"} {
		claims := s.read(env[name], keys)
		for claim, value := range map[string]any{
			"aud": audience, "sub": "project_path:g/sub/p:ref_type:tag:ref:v1.0.0", "project_path": "g/sub/p", "namespace_path": "g/sub",
			"ci_config_ref_uri": "gitlab.com/g/sub/p//.gitlab-ci.yml@refs/tags/v1.0.0", "ref": "v1.0.0", "ref_path": "refs/tags/v1.0.0",
			"environment": "production", "runner_environment": "gitlab-hosted", "pipeline_id": env["CI_PIPELINE_ID"], "job_id": env["CI_JOB_ID"],
			"project_visibility": "public", "pipeline_source": "push",
		} {
			s.Expect(claims).To(HaveKeyWithValue(claim, value))
		}
	}
	s.Expect(s.jobEnv(sandbox.Job{Kind: gitlab.Type, NoIDTokens: true})).NotTo(Or(HaveKey("NPM_ID_TOKEN"), HaveKey("SIGSTORE_ID_TOKEN")))
	s.Expect(s.exchange("p", spec.NewSecret(env["SIGSTORE_ID_TOKEN"])).status).To(Equal(401))
	for _, kind := range []string{githubactions.Type, gitlab.Type, circleci.Type} {
		s.Expect(variables(s.world.JobEnvOf(kind))).To(HaveKeyWithValue("CI", "true"), kind)
	}
	s.Expect(s.world.JobEnvOf("jenkins")).To(BeEmpty())
}

func TestExchangeByTheOtherProviders(t *testing.T) {
	s := serve(t, plain(sandbox.Options{OnlyHosted: true}))
	hub := func(more map[string]any) spec.TrustedPublisher {
		claims := map[string]any{"repository": "agent-facets/facets", "workflow_ref": file("publish.yml")}
		for claim, value := range more {
			claims[claim] = value
		}
		return publisher(githubactions.Type, claims)
	}
	lab := func(more map[string]any) spec.TrustedPublisher {
		claims := map[string]any{"project_path": "g/sub/p", "ci_config_ref_uri": file(".gitlab-ci.yml")}
		for claim, value := range more {
			claims[claim] = value
		}
		return publisher(gitlab.Type, claims)
	}
	const exactly = "agent-facets/facets/.github/workflows/publish.yml@refs/heads/main"
	for name, configs := range map[string][]spec.TrustedPublisher{
		"hub": {hub(nil)}, "hub-npm": {hub(map[string]any{"environment": "npm"})}, "exact": {hub(map[string]any{"workflow_ref": exactly})},
		"odd": {hub(map[string]any{"workflow_ref": map[string]any{"path": "publish.yml"}})},
		"lab": {lab(nil)}, "lab-production": {lab(map[string]any{"environment": "production"})},
		"deep": {lab(map[string]any{"ci_config_ref_uri": file("ci/publish.yml")})},
		"both": {s.config(nil), lab(nil), hub(nil)}, "circle": {s.config(nil)},
	} {
		s.Expect(s.put(publication{name: name, version: "0.0.1"}).status).To(Equal(200))
		s.trust(name, configs...)
	}
	type job = sandbox.Job
	claim := func(name string, value any) job { return job{Claims: map[string]any{name: value}} }
	for name, c := range map[string]struct {
		kind   string
		job    job
		on     string
		status int
	}{
		"GitHub":                              {githubactions.Type, job{}, "hub", 201},
		"for a tag":                           {githubactions.Type, job{Tag: "v1.0.0"}, "hub", 201},
		"an environment that nobody asks for": {githubactions.Type, job{Environment: "npm"}, "hub", 201},
		"the environment":                     {githubactions.Type, job{Environment: "npm"}, "hub-npm", 201},
		"no environment":                      {githubactions.Type, job{}, "hub-npm", 404},
		"another environment":                 {githubactions.Type, job{Environment: "test"}, "hub-npm", 404},
		"its case":                            {githubactions.Type, job{Environment: "NPM"}, "hub-npm", 404},
		"another workflow":                    {githubactions.Type, job{File: "ci.yml"}, "hub", 404},
		"a called workflow": {githubactions.Type, job{File: "ci.yml",
			Claims: map[string]any{"job_workflow_ref": "agent-facets/facets/.github/workflows/publish.yml@refs/heads/main"}}, "hub", 404},
		"a fork":                       {githubactions.Type, job{Repository: "else/facets"}, "hub", 404},
		"the repository's case":        {githubactions.Type, job{Repository: "Agent-Facets/facets"}, "hub", 404},
		"exactly":                      {githubactions.Type, job{}, "exact", 201},
		"not exactly":                  {githubactions.Type, job{Tag: "v1.0.0"}, "exact", 404},
		"a claim that nobody knows":    {githubactions.Type, job{}, "odd", 404},
		"a runner of one's own":        {githubactions.Type, job{Runner: "self-hosted"}, "hub", 404},
		"Enterprise Server":            {githubactions.Type, claim("iss", "https://ghe.example.test/_services/token"), "hub", 401},
		"expired":                      {githubactions.Type, job{Age: 5*time.Minute + time.Second}, "hub", 401},
		"GitHub for GitLab's":          {githubactions.Type, job{}, "lab", 404},
		"GitHub for CircleCI's":        {githubactions.Type, job{}, "circle", 404},
		"GitHub among all":             {githubactions.Type, job{}, "both", 201},
		"GitLab":                       {gitlab.Type, job{}, "lab", 201},
		"GitLab's environment":         {gitlab.Type, job{Environment: "production"}, "lab-production", 201},
		"no environment on GitLab":     {gitlab.Type, job{}, "lab-production", 404},
		"another project":              {gitlab.Type, job{Repository: "g/p"}, "lab", 404},
		"another configuration":        {gitlab.Type, job{File: "release.yml"}, "lab", 404},
		"one in a folder":              {gitlab.Type, job{File: "ci/publish.yml"}, "deep", 201},
		"its name alone":               {gitlab.Type, job{File: "ci/.gitlab-ci.yml"}, "lab", 404},
		"a configuration of elsewhere": {gitlab.Type, claim("ci_config_ref_uri", nil), "lab", 404},
		"self-managed":                 {gitlab.Type, claim("iss", "https://gitlab.example.test"), "lab", 401},
		"GitLab, too old":              {gitlab.Type, job{Age: 6 * time.Minute}, "lab", 401},
		"GitLab's own runner":          {gitlab.Type, job{Runner: "self-hosted"}, "lab", 404},
		"GitLab among all":             {gitlab.Type, job{}, "both", 201},
		"CircleCI among all":           {circleci.Type, job{}, "both", 201},
		"GitHub's claims by GitLab":    {gitlab.Type, job{Claims: map[string]any{"iss": "https://token.actions.githubusercontent.com"}}, "lab", 401},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c.job.Kind = c.kind
			if c.kind == gitlab.Type && c.job.Repository == "" {
				c.job.Repository = "g/sub/p"
			}
			token, err := s.world.IDTokenOf(c.job, s.world.Audience())
			g.Expect(err).NotTo(HaveOccurred())
			r := s.exchange(c.on, token)
			g.Expect(r.status).To(Equal(c.status), r.body)
		})
	}
}

func TestAPublishNamesItsProvider(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	for kind, config := range map[string]spec.TrustedPublisher{
		githubactions.Type: publisher(githubactions.Type, map[string]any{"repository": "agent-facets/facets", "workflow_ref": file("publish.yml")}),
		gitlab.Type:        publisher(gitlab.Type, map[string]any{"project_path": "g/p", "ci_config_ref_uri": file(".gitlab-ci.yml"), "environment": "e"}),
		circleci.Type:      s.config(nil),
	} {
		s.Expect(s.put(publication{name: kind, version: "0.0.1"}).status).To(Equal(200))
		s.trust(kind, config)
		token, err := s.world.IDTokenOf(sandbox.JobOf(config), s.world.Audience())
		s.Expect(err).NotTo(HaveOccurred())
		granted := bearer(spec.NewSecret(s.exchange(kind, token).field("token")))
		s.Expect(s.do(http.MethodPut, "/"+kind, publication{name: kind, version: "1.0.0"}.body(t), granted).status).To(Equal(200))
		var m struct {
			User struct{ TrustedPublisher struct{ ID string } } `json:"_npmUser"`
		}
		s.Expect(json.Unmarshal([]byte(s.get("/"+kind+"/1.0.0").body), &m)).To(Succeed())
		s.Expect(m.User.TrustedPublisher.ID).To(Equal(kind))
	}
}
