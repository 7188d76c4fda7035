package providers_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
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
