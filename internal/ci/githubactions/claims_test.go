package githubactions_test

import (
	"maps"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// job is what an ID token says of a job that a tag has started; more replaces claims, and takes those away that are nil.
func job(more map[string]any) ci.Claims {
	claims := spec.Claims{
		"repository": "o/r", "workflow_ref": "o/r/.github/workflows/publish.yml@refs/tags/v1.0.0",
		"job_workflow_ref": "o/r/.github/workflows/publish.yml@refs/tags/v1.0.0", "environment": "npm", "runner_environment": "github-hosted",
	}
	maps.Copy(claims, more)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return ci.Claims{Issuer: "https://token.actions.githubusercontent.com", Audience: []string{audience}, Job: claims}
}

func TestDifferences(t *testing.T) {
	const whole, main = "o/r/.github/workflows/publish.yml@refs/tags/v1.0.0", "o/r/.github/workflows/publish.yml@refs/heads/main"
	for name, test := range map[string]struct {
		more        map[string]any
		environment string
		workflow    any // nil: the file publish.yml
		want        []spec.ClaimDifference
		because     string
	}{
		"none":                {},
		"in the environment":  {environment: "npm"},
		"the whole reference": {workflow: whole},
		"another reference, compared whole": {workflow: main, because: "another workflow",
			want: []spec.ClaimDifference{{Claim: "workflow_ref", Have: []string{whole}, Want: []string{main}}}},
		"no environment, and one is asked for": {environment: "npm", more: map[string]any{"environment": nil}, because: "in no environment",
			want: []spec.ClaimDifference{{Claim: "environment", Want: []string{"npm"}}}},
		"another environment": {environment: "prod", because: "in the environment npm, not in prod",
			want: []spec.ClaimDifference{{Claim: "environment", Have: []string{"npm"}, Want: []string{"prod"}}}},
		"a fork": {more: map[string]any{"repository": "me/r"}, because: "a fork",
			want: []spec.ClaimDifference{{Claim: "repository", Have: []string{"me/r"}, Want: []string{"o/r"}}}},
		"another file": {more: map[string]any{"workflow_ref": "o/r/.github/workflows/ci.yml@refs/tags/v1.0.0", "job_workflow_ref": nil},
			because: "another workflow (ci.yml, not publish.yml)",
			want:    []spec.ClaimDifference{{Claim: "workflow_ref", Have: []string{"ci.yml"}, Want: []string{"publish.yml"}}}},
		"the caller of a reusable workflow": {more: map[string]any{"workflow_ref": "o/r/.github/workflows/release.yml@refs/tags/v1.0.0"},
			because: "by workflow_call",
			want:    []spec.ClaimDifference{{Claim: "workflow_ref", Have: []string{"release.yml"}, Want: []string{"publish.yml"}}}},
		"a reusable workflow of somebody else": {more: map[string]any{"job_workflow_ref": "x/y/.github/workflows/npm.yml@refs/heads/main"}},
		"no workflow at all": {more: map[string]any{"workflow_ref": nil, "job_workflow_ref": nil}, because: "another workflow (none",
			want: []spec.ClaimDifference{{Claim: "workflow_ref", Want: []string{"publish.yml"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			have := job(test.more)
			want := githubactions.Workflow{Repository: "o/r", Workflow: "publish.yml", Environment: test.environment}.Publisher()
			if test.workflow != nil {
				want.Claims[githubactions.ClaimWorkflow] = test.workflow
			}
			g.Expect(githubactions.Provider{}.Differences(have, want)).To(Equal(test.want))
			g.Expect(have).To(Equal(job(test.more)), "nobody's claims are changed")
			for _, d := range test.want {
				cause := githubactions.Provider{}.Explain(d.Claim, have, want, "MOVED")
				g.Expect(cause.What).To(ContainSubstring(test.because))
				g.Expect(cause.Next).NotTo(BeEmpty())
			}
		})
	}
}

func TestWhatTakesWhosePlace(t *testing.T) {
	g := NewWithT(t)
	want := githubactions.Workflow{Repository: "o/r", Workflow: "publish.yml", Environment: "npm"}.Publisher()
	for _, test := range []struct {
		have githubactions.Workflow
		is   bool
	}{
		{githubactions.Workflow{Repository: "o/r", Workflow: "publish.yml"}, true},
		{githubactions.Workflow{Repository: "O/r", Workflow: "publish.yml", Environment: "other"}, true},
		{githubactions.Workflow{Repository: "o/r", Workflow: "nightly.yml"}, false},
		{githubactions.Workflow{Repository: "x/r", Workflow: "publish.yml", Environment: "npm"}, false},
	} {
		g.Expect(githubactions.Provider{}.Supersedes(want, test.have.Publisher())).To(Equal(test.is), "%v", test.have)
	}
}

func TestSignsOfASelfHostedRunner(t *testing.T) {
	g := NewWithT(t)
	p := githubactions.Provider{}
	g.Expect(p.SelfHosted(job(nil), []string{"RUNNER_ENVIRONMENT=self-hosted"})).To(BeEmpty(), "the claim is the stronger")
	g.Expect(p.SelfHosted(job(map[string]any{"runner_environment": "self-hosted"}), nil)).To(Equal("runner_environment"))
	g.Expect(p.SelfHosted(ci.Claims{}, []string{"RUNNER_ENVIRONMENT=self-hosted"})).To(Equal("RUNNER_ENVIRONMENT"))
	g.Expect(p.SelfHosted(ci.Claims{}, []string{"RUNNER_ENVIRONMENT=github-hosted"})).To(BeEmpty())
}

func TestWhoTheJobIs(t *testing.T) {
	g := NewWithT(t)
	p := githubactions.Provider{}
	g.Expect(p.Describe(job(nil))).To(Equal("the workflow publish.yml of the repository o/r, in the environment npm"))
	g.Expect(p.Describe(ci.Claims{})).To(Equal("the workflow none of the repository none"))
	g.Expect(p.OwnAudience(ci.Claims{Audience: []string{"https://github.com/o"}}, spec.TrustedPublisher{})).
		To(ContainSubstring("no audience is asked for"))
	g.Expect(p.OwnAudience(job(nil), spec.TrustedPublisher{})).To(BeEmpty())
	g.Expect(p.MintCommand(audience)).To(ContainSubstring("audience=" + audience))
}
