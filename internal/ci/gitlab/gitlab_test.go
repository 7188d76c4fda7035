package gitlab_test

import (
	"maps"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const audience = "npm:registry.example.test"

// job is what an ID token says of a job that a tag has started; more replaces claims, and takes those away that are nil.
func job(more map[string]any) ci.Claims {
	claims := spec.Claims{
		"project_path": "g/sub/p", "ci_config_ref_uri": "gitlab.com/g/sub/p//.gitlab-ci.yml@refs/tags/v1.0.0",
		"environment": "npm", "runner_environment": "gitlab-hosted",
	}
	maps.Copy(claims, more)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return ci.Claims{Issuer: "https://gitlab.com", Audience: []string{audience}, Job: claims}
}

func TestDifferences(t *testing.T) {
	for name, test := range map[string]struct {
		more        map[string]any
		environment string
		want        []spec.ClaimDifference
		because     string
	}{
		"none":               {},
		"in the environment": {environment: "npm"},
		"a fork": {more: map[string]any{"project_path": "me/p"}, because: "a fork",
			want: []spec.ClaimDifference{{Claim: "project_path", Have: []string{"me/p"}, Want: []string{"g/sub/p"}}}},
		"another file": {more: map[string]any{"ci_config_ref_uri": "gitlab.com/g/sub/p//ci/nightly.yml@refs/heads/main"}, because: "another file",
			want: []spec.ClaimDifference{{Claim: "ci_config_ref_uri", Have: []string{"nightly.yml"}, Want: []string{".gitlab-ci.yml"}}}},
		"the file in a folder": {more: map[string]any{"ci_config_ref_uri": "gitlab.com/g/sub/p//ci/.gitlab-ci.yml@refs/heads/main"}},
		"a file of another project": {more: map[string]any{"ci_config_ref_uri": nil}, because: "another project or an address has it",
			want: []spec.ClaimDifference{{Claim: "ci_config_ref_uri", Want: []string{".gitlab-ci.yml"}}}},
		"no environment": {more: map[string]any{"environment": nil}, environment: "npm", because: "in no environment",
			want: []spec.ClaimDifference{{Claim: "environment", Want: []string{"npm"}}}},
		"another environment": {environment: "prod", because: "in the environment npm, not in prod",
			want: []spec.ClaimDifference{{Claim: "environment", Have: []string{"npm"}, Want: []string{"prod"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			want := gitlab.Pipeline{Project: "g/sub/p", ConfigFile: ".gitlab-ci.yml", Environment: test.environment}.Publisher()
			g.Expect(gitlab.Provider{}.Differences(job(test.more), want)).To(Equal(test.want))
			for _, d := range test.want {
				g.Expect(gitlab.Provider{}.Explain(d.Claim, job(test.more), want, "MOVED").What).To(ContainSubstring(test.because))
			}
		})
	}
}

func TestWhatTakesWhosePlace(t *testing.T) {
	g := NewWithT(t)
	want := gitlab.Pipeline{Project: "g/sub/p", ConfigFile: ".gitlab-ci.yml"}.Publisher()
	for _, test := range []struct {
		have gitlab.Pipeline
		is   bool
	}{
		{gitlab.Pipeline{Project: "g/sub/p", ConfigFile: ".gitlab-ci.yml", Environment: "npm"}, true},
		{gitlab.Pipeline{Project: "g/sub/p", ConfigFile: "nightly.yml"}, false},
		{gitlab.Pipeline{Project: "g/p", ConfigFile: ".gitlab-ci.yml"}, false},
	} {
		g.Expect(gitlab.Provider{}.Supersedes(want, test.have.Publisher())).To(Equal(test.is), "%v", test.have)
	}
}

func TestTheJob(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want ci.Job
	}{
		"a tag, the first of two nodes": {
			env: map[string]string{"CI_COMMIT_TAG": "v1.0.0", "CI_COMMIT_SHA": "c0ffee", "CI_JOB_URL": "https://gitlab.com/g/p/-/jobs/7",
				"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "2"},
			want: ci.Job{Tag: "v1.0.0", Commit: "c0ffee", Page: "https://gitlab.com/g/p/-/jobs/7", Index: "0", Total: "2", NoIDTokens: true},
		},
		"alone":             {env: map[string]string{"CI_NODE_TOTAL": "1", "NPM_ID_TOKEN": "npm's"}},
		"what is no number": {env: map[string]string{"CI_NODE_INDEX": "x", "CI_NODE_TOTAL": "2"}, want: ci.Job{Index: "x", Total: "2", NoIDTokens: true}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, in := gitlab.Provider{}.Job(func(name string) string { return test.env[name] })
			g.Expect(in).To(BeFalse())
			test.env["GITLAB_CI"] = "true"
			job, in := gitlab.Provider{}.Job(func(name string) string { return test.env[name] })
			g.Expect(in).To(BeTrue())
			test.want.TagVariable, test.want.NodeVariables = "CI_COMMIT_TAG", [2]string{"CI_NODE_INDEX", "CI_NODE_TOTAL"}
			test.want.NoIDTokens = test.env["NPM_ID_TOKEN"] == ""
			g.Expect(job).To(Equal(test.want))
		})
	}
}

func TestIDTokensAreThereFromTheStart(t *testing.T) {
	g := NewWithT(t)
	env := map[string]string{"NPM_ID_TOKEN": "npm's", "SIGSTORE_ID_TOKEN": "sigstore's"}
	with := ci.Means{Env: func(name string) string { return env[name] }}
	_, err := gitlab.Provider{}.Mint(t.Context(), audience, with)
	g.Expect(err).To(MatchError(ContainSubstring("start the job again")), "that is for whom it was too old")
	delete(env, "NPM_ID_TOKEN")
	_, err = gitlab.Provider{}.Mint(t.Context(), audience, with)
	g.Expect(err).To(MatchError(ContainSubstring(`id_tokens: {NPM_ID_TOKEN: {aud: "npm:registry.example.test"}}`)))
	raw, err := gitlab.Provider{}.Mint(t.Context(), "sigstore", with)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(raw).To(Equal("sigstore's"))
	env = nil
	_, err = gitlab.Provider{}.Mint(t.Context(), "sigstore", with)
	g.Expect(err).To(MatchError(ContainSubstring(`id_tokens: {SIGSTORE_ID_TOKEN: {aud: "sigstore"}}`)))
}

func TestTheForm(t *testing.T) {
	g := NewWithT(t)
	p := gitlab.Pipeline{Project: "g/sub/p", ConfigFile: ".gitlab-ci.yml", Environment: "npm"}.Publisher()
	g.Expect(gitlab.Provider{}.Fields(p)).To(Equal([][2]string{
		{"Namespace", "g/sub"}, {"Project name", "p"}, {"Top-level CI file path", ".gitlab-ci.yml"}, {"Environment name", "npm"}}))
	g.Expect(gitlab.Provider{}.Title(p)).To(Equal("gitlab g/sub/p .gitlab-ci.yml in npm"))
	g.Expect(gitlab.Provider{}.Repository(p)).To(Equal("gitlab.com/g/sub/p"))
	command, err := gitlab.Provider{}.Start(p, "@o/p@1.0.0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(command).To(Equal(`curl -fsS -X POST -H "PRIVATE-TOKEN: $GITLAB_TOKEN" ` +
		`'https://gitlab.com/api/v4/projects/g%2Fsub%2Fp/pipeline?ref=%40o%2Fp%401.0.0'`))
	_, err = gitlab.Provider{}.Start(spec.TrustedPublisher{}, "v1")
	g.Expect(err).To(MatchError(ContainSubstring("page Pipelines")))
	g.Expect(gitlab.Provider{}.Fields(spec.TrustedPublisher{})).To(BeEmpty())
}

func TestWhoTheJobIs(t *testing.T) {
	g := NewWithT(t)
	p := gitlab.Provider{}
	g.Expect(p.Describe(job(nil))).To(Equal("the pipeline .gitlab-ci.yml of the project g/sub/p, in the environment npm"))
	g.Expect(p.SelfHosted(job(map[string]any{"runner_environment": "self-hosted"}), nil)).To(Equal("runner_environment"))
	g.Expect(p.SelfHosted(job(nil), nil)).To(BeEmpty())
	for audience, word := range map[string]string{"sigstore": "Sigstore", "https://gitlab.com": "GitLab itself"} {
		g.Expect(p.OwnAudience(ci.Claims{Audience: []string{audience}}, spec.TrustedPublisher{})).To(ContainSubstring(word))
	}
	g.Expect(p.OwnAudience(job(nil), spec.TrustedPublisher{})).To(BeEmpty())
}
