package providers_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestProvidersAreFoundByTypeAndHaveAllFacts(t *testing.T) {
	g := NewWithT(t)
	for _, p := range providers.All() {
		f := p.Facts()
		found, ok := providers.Of(f.Type)
		g.Expect(ok).To(BeTrue())
		g.Expect(found).To(Equal(p))
		g.Expect([]string{f.Name, f.Issuer, f.MintedBy, f.MintNeeds, f.OwnRunner}).NotTo(ContainElement(""), f.Type)
		g.Expect(f.Order).NotTo(BeEmpty())
	}
	_, ok := providers.Of("nobody")
	g.Expect(ok).To(BeFalse())
}

func TestHereReadsTheJob(t *testing.T) {
	g := NewWithT(t)
	env := map[string]string{"CIRCLECI": "true", "CIRCLE_TAG": "v1.0.0", "CIRCLE_SHA1": "c0ffee", "CIRCLE_NODE_INDEX": "1", "CIRCLE_NODE_TOTAL": "4"}
	p, job := providers.Here(func(name string) string { return env[name] })
	g.Expect(p).To(Equal(circleci.Provider{}))
	g.Expect(job.Tag).To(Equal(env[job.TagVariable]))
	g.Expect([]string{job.Commit, job.Index, job.Total}).To(Equal([]string{"c0ffee", env[job.NodeVariables[0]], env[job.NodeVariables[1]]}))

	env = map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v2.0.0", "CIRCLE_TAG": "v1.0.0"}
	p, job = providers.Here(func(name string) string { return env[name] })
	g.Expect(p).To(Equal(githubactions.Provider{}))
	g.Expect(job.Tag).To(Equal("v2.0.0"))

	env = map[string]string{"GITLAB_CI": "true", "CIRCLE_TAG": "v1.0.0"} // of a branch
	p, job = providers.Here(func(name string) string { return env[name] })
	g.Expect(p).To(Equal(gitlab.Provider{}))
	g.Expect(job.Tag).To(BeEmpty())

	env = map[string]string{"CIRCLE_TAG": "v1.0.0"} // set by hand, as in a rehearsal of a job
	_, job = providers.Here(func(name string) string { return env[name] })
	g.Expect(job.Tag).To(Equal("v1.0.0"))
}

func TestIssuersAreComparedWhole(t *testing.T) {
	g := NewWithT(t)
	for issuer, is := range map[string]bool{
		"https://oidc.circleci.com": true, "https://oidc.circleci.com/org/x": true, "https://oidc.circleci.com.example.test": false, "": false,
	} {
		g.Expect(providers.Issued(circleci.Provider{}, ci.Claims{Issuer: issuer})).To(Equal(is), issuer)
	}
}

func TestIDTokensAreJudgedByTheirOwnProvider(t *testing.T) {
	g := NewWithT(t)
	circle := circleci.Pipeline{OrganizationID: "o", ProjectID: "p", PipelineDefinitionID: "d", VCSOrigin: "github.com/o/r"}.Publisher()
	github := githubactions.Workflow{Repository: "o/r", Workflow: "publish.yml"}.Publisher()
	lab := gitlab.Pipeline{Project: "o/r", ConfigFile: ".gitlab-ci.yml"}.Publisher()
	have := ci.Claims{Issuer: "https://token.actions.githubusercontent.com", Job: spec.Claims{
		"repository": "o/r", "workflow_ref": "o/r/.github/workflows/publish.yml@refs/tags/v1"}}
	g.Expect(providers.For(have, spec.TrustedPublisher{})).To(Equal(githubactions.Provider{}))
	g.Expect(providers.For(have, lab)).To(Equal(gitlab.Provider{}))
	index, differences := providers.Nearest(have, spec.TrustedPublishers{circle, lab, github})
	g.Expect(index).To(Equal(2))
	g.Expect(differences).To(BeEmpty())
	g.Expect(providers.Supersedes(github, github)).To(BeTrue())
	g.Expect(providers.Supersedes(github, lab)).To(BeFalse())
	for _, p := range []spec.TrustedPublisher{circle, github, lab} {
		g.Expect(providers.Title(p)).To(HavePrefix(p.Type + " "))
	}
}

func TestAProjectMovesWithItsRepository(t *testing.T) {
	circle := func(origin string) spec.TrustedPublisher {
		return circleci.Pipeline{OrganizationID: "o", ProjectID: "p", PipelineDefinitionID: "d", VCSOrigin: origin}.Publisher()
	}
	github := githubactions.Workflow{Repository: "o/r", Workflow: "publish.yml"}.Publisher()
	lab := gitlab.Pipeline{Project: "o/r", ConfigFile: ".gitlab-ci.yml"}.Publisher()
	type list = []spec.TrustedPublisher
	for name, test := range map[string]struct {
		want  spec.TrustedPublishers
		have  list
		moved list
	}{
		"to GitHub Actions":                   {spec.TrustedPublishers{github}, list{circle("github.com/O/r")}, list{circle("github.com/O/r")}},
		"back to CircleCI":                    {spec.TrustedPublishers{circle("github.com/o/r")}, list{github}, list{github}},
		"to GitLab, from both":                {spec.TrustedPublishers{lab}, list{github, circle("github.com/o/r")}, list{github, circle("github.com/o/r")}},
		"of another repository":               {spec.TrustedPublishers{github}, list{circle("github.com/o/other")}, nil},
		"of the same provider":                {spec.TrustedPublishers{github}, list{github}, nil},
		"of a provider that nobody knows":     {spec.TrustedPublishers{github}, list{{Type: "jenkins"}}, nil},
		"of a repository that is not told":    {spec.TrustedPublishers{{Type: "github"}}, list{{Type: "circleci"}}, nil},
		"several are wanted, side by side":    {spec.TrustedPublishers{github, lab}, list{circle("github.com/o/r")}, nil},
		"nothing is wanted, so nothing moved": {nil, list{github}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(providers.Moved(test.want, test.have)).To(Equal(test.moved))
		})
	}
}

func TestNearestIsTheFirstThatDiffersLeast(t *testing.T) {
	g := NewWithT(t)
	publisher := func(project string) spec.TrustedPublisher {
		return circleci.Pipeline{OrganizationID: "o", ProjectID: project, PipelineDefinitionID: "d", VCSOrigin: "github.com/o/r"}.Publisher()
	}
	have := ci.Claims{Job: publisher("b").Claims}
	index, differences := providers.Nearest(have, spec.TrustedPublishers{publisher("a"), publisher("b"), publisher("b")})
	g.Expect(index).To(Equal(1))
	g.Expect(differences).To(BeEmpty())
	index, differences = providers.Nearest(have, spec.TrustedPublishers{publisher("a"), publisher("c")})
	g.Expect(index).To(Equal(0))
	g.Expect(differences).To(HaveLen(1))
	index, _ = providers.Nearest(have, nil)
	g.Expect(index).To(Equal(-1))
}
