package e2e_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

const (
	firstPipeline  = "0b5f0a0e-6c2f-4a1e-9d37-333333333333"
	secondPipeline = "0b5f0a0e-6c2f-4a1e-9d37-555555555555"
)

// twoPublishers has the demo's state file name a second pipeline.
func (p *place) twoPublishers() {
	GinkgoHelper()
	const claims = "organizationID: 0b5f0a0e-6c2f-4a1e-9d37-111111111111, projectID: 0b5f0a0e-6c2f-4a1e-9d37-222222222222, " +
		"contextIDs: [0b5f0a0e-6c2f-4a1e-9d37-444444444444], vcsOrigin: github.com/example/demo"
	p.edit(stateFile, demoPublisher, `  trustedPublishers:
    - circleci: {pipelineDefinitionID: `+firstPipeline+`, `+claims+`}
    - circleci: {pipelineDefinitionID: `+secondPipeline+`, `+claims+`}
      permissions: [publish, stage]
`)
}

func (p *pipeline) pipelines(name string) []string {
	GinkgoHelper()
	var all []string
	for _, publisher := range p.trusted(name) {
		all = append(all, publisher.Claims.Values(circleci.ClaimPipelineDefinition)...)
	}
	return all
}

var _ = Describe("several trusted publishers", Ordered, func() {
	var p *pipeline

	BeforeAll(func() {
		demo := newDemo()
		demo.seedAndTrust()
		demo.twoPublishers()
		demo.build("1.0.0")
		p = newPipeline(demo)
	})

	It("are compared as a set: the one that is missing is named, and is a change", func() {
		p.human().run("validate").ends(0)
		o := p.human().run("plan", "-o", "json").ends(0)
		Expect(o.document().changed("trust")).To(ConsistOf(demoNames()))
		Expect(o.document().pkg("demo").is("Trusted")).To(Equal("False NotConfigured"))
		Expect(o.out).To(And(ContainSubstring(secondPipeline+" with 0b5f0a0e-6c2f-4a1e-9d37-444444444444: not configured"),
			Not(ContainSubstring(firstPipeline))))
		Expect(p.human().run("plan").out).To(And(ContainSubstring("trusted publisher 1 of 2"), ContainSubstring("trusted publisher 2 of 2")))
	})

	It("are set one by one, and what is there is left alone", func() {
		p.human().run("apply", "--only", "trust", p.otp()).ends(0)
		for _, name := range demoNames() {
			Expect(p.pipelines(name)).To(ConsistOf(firstPipeline, secondPipeline), name)
		}
		Expect(p.sent(http.MethodDelete)).To(BeEmpty())
		Expect(p.human().run("plan", "-o", "json").ends(0).document().changed("trust")).To(BeEmpty())
	})

	It("let each pipeline publish, of which doctor says which it is, and are no drift then unless one is lost", func() {
		p.human().run("apply", "--only", "trust", p.otp()).ends(0)
		p.remove("../home/.npmrc")
		second := map[string]any{circleci.ClaimPipelineDefinition: secondPipeline}
		Expect(p.job("", nil).run("doctor").ends(0).out).To(
			MatchRegexp(`✓ publisher +trustedPublishers\[0\]; not trustedPublishers\[1\]: pipeline-definition-id`))
		Expect(p.job("", second).run("doctor").ends(0).out).To(
			MatchRegexp(`✓ publisher +trustedPublishers\[1\]; not trustedPublishers\[0\]: pipeline-definition-id`))
		o := p.job("", map[string]any{circleci.ClaimPipelineDefinition: "0b5f0a0e-6c2f-4a1e-9d37-666666666666"}).run("doctor").ends(3)
		Expect(o.out).To(And(ContainSubstring("✗ publisher"), ContainSubstring("of none of the state file's trusted publishers"),
			ContainSubstring("✗ pipeline-definition-id")))

		for _, tag := range []string{"v1.0.0", "@demo/adapter@1.0.0", "@demo/core@1.0.0"} {
			Expect(p.world.Tag(tag)).To(Succeed())
			p.job(tag, second).run("apply", "--timeout", "1m").ends(0)
		}
		Expect(p.registry.versions("demo")).To(ContainElement("1.0.0"))

		By("looking for drift, as a human and in a pipeline, which knows of its own alone")
		p.human().run("drift").ends(0)
		p.remove("../home/.npmrc")
		o = p.job("", nil).run("drift", "-o", "json").ends(0)
		Expect(o.document().pkg("demo").is("Trusted")).To(Equal("Unknown OthersUnknown"))

		By("losing one, which comes back at another place in their order")
		for _, publisher := range p.trusted("demo") {
			if publisher.Claims.Values(circleci.ClaimPipelineDefinition)[0] == firstPipeline {
				p.askTrust(http.MethodDelete, "demo", "/"+publisher.ID, "")
			}
		}
		o = p.human().run("drift", "-o", "json").ends(3)
		Expect(o.document().changed("trust")).To(ConsistOf("demo"))
		p.human().run("apply", "--only", "trust", p.otp()).ends(0)
		Expect(p.pipelines("demo")).To(Equal([]string{secondPipeline, firstPipeline}))
		p.human().run("drift").ends(0)
	})
})

var _ = Describe("several trusted publishers on a registry that takes one", func() {
	It("are refused with a reason, and the one that is there stays", func() {
		demo := newDemo()
		demo.seedAndTrust()
		demo.twoPublishers()
		p := newPipelineWith(demo, func(o *sandbox.Options) { o.TrustLimit = 1 })
		o := p.human().run("apply", "--only", "trust", p.otp()).ends(1)
		Expect(o.out).To(And(ContainSubstring("trusted publisher config already exists"),
			ContainSubstring("where the registry takes one only, leave one in the state file")))
		for _, name := range demoNames() {
			Expect(p.pipelines(name)).To(ConsistOf(firstPipeline), name)
		}
	})
})
