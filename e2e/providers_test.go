package e2e_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// The demo's trusted publisher, as its state file has it, and those of other providers that may take its place.
const (
	trustsCircleCI = `    circleci:
      organizationID: 0b5f0a0e-6c2f-4a1e-9d37-111111111111
      projectID: 0b5f0a0e-6c2f-4a1e-9d37-222222222222
      pipelineDefinitionID: 0b5f0a0e-6c2f-4a1e-9d37-333333333333
      contextIDs: [0b5f0a0e-6c2f-4a1e-9d37-444444444444]
      vcsOrigin: github.com/example/demo
`
	trustsGitHub = "    github: {repository: example/demo, workflow: publish.yml, environment: npm}\n"
	trustsGitLab = "    gitlab: {project: example/demo, configFile: .gitlab-ci.yml}\n"
)

// jobFor is the surroundings of a provider's job for a git tag, as the demo's trusted publisher of that provider asks for it.
func (p *pipeline) jobFor(kind, tag string) *place {
	GinkgoHelper()
	job := sandbox.Job{Kind: kind, Tag: tag, Repository: "example/demo", Visibility: "private"} // so that none has provenance
	if kind == githubactions.Type {
		job.File, job.Environment = "publish.yml", "npm"
	}
	return p.jobOf(job)
}

// kinds are the providers of a package's trusted publishers.
func (p *pipeline) kinds(name string) []string {
	GinkgoHelper()
	var all []string
	for _, publisher := range p.trusted(name) {
		all = append(all, publisher.Type)
	}
	return all
}

// released publishes a version of the whole demo from a provider's jobs.
func (p *pipeline) released(kind, version string) {
	GinkgoHelper()
	p.remove("../home/.npmrc")
	p.build(version)
	for _, tag := range []string{"v" + version, "@demo/adapter@" + version, "@demo/core@" + version} {
		Expect(p.world.Tag(tag)).To(Succeed())
		p.jobFor(kind, tag).run("apply", "--timeout", "1m").ends(0)
	}
}

var _ = Describe("a project moves from CircleCI to GitHub Actions, and back", Ordered, func() {
	const circleTitle = "circleci 0b5f0a0e-6c2f-4a1e-9d37-333333333333 with 0b5f0a0e-6c2f-4a1e-9d37-444444444444"
	const githubTitle = "github example/demo publish.yml in npm"
	var (
		p      *pipeline
		before string // its state file
	)

	BeforeAll(func() {
		demo := newDemo()
		demo.seedAndTrust()
		p, before = newPipeline(demo), demo.read(stateFile)
		p.released(circleci.Type, "1.0.0")
		p.edit(stateFile, trustsCircleCI, trustsGitHub)
	})

	It("plan shows the old one and the new one", func() {
		o := p.human().run("plan").ends(0)
		Expect(o.out).To(ContainSubstring("the project moves: " + circleTitle + " → " + githubTitle))
		Expect(o.out).To(MatchRegexp(`Workflow filename +publish.yml\n +Environment name +npm`))
		Expect(o.out).NotTo(ContainSubstring("Pipeline Definition"))
		Expect(p.human().run("plan", "-o", "json").ends(0).document().pkg("demo").is("Trusted")).To(Equal("False Moving"))
	})

	It("the old pipeline may publish all the while, and is told that it is not the desired one", func() {
		p.remove("../home/.npmrc")
		o := p.jobFor(circleci.Type, "v1.0.0").run("plan", "-o", "json").ends(0)
		Expect(o.document().pkg("demo").is("Trusted")).To(Equal("Unknown OthersUnknown"))
		Expect(o.out).To(ContainSubstring("repository: none → example/demo"))
	})

	It("one apply adds the new one, leaves the old one until the new one is proven, and moves back at once with --prune", func() {
		for range 2 {
			p.human().run("apply", "--only", "trust", p.otp()).ends(0)
			for _, name := range demoNames() {
				Expect(p.kinds(name)).To(Equal([]string{circleci.Type, githubactions.Type}), name)
			}
		}
		Expect(p.sent(http.MethodDelete)).To(BeEmpty())
		Expect(p.human().run("plan", "-o", "json").ends(0).out).To(ContainSubstring("until a version was published with it, this stays: " + circleTitle))
		p.human().run("drift").ends(0)

		By("publishing a version with it: the old one is surplus and goes")
		p.released(githubactions.Type, "1.1.0")
		o := p.human().run("plan", "-o", "json").ends(0)
		Expect(o.document().changed("trust")).To(ConsistOf(demoNames()))
		Expect(o.out).To(ContainSubstring("a version was published with it, so this is not needed any more: " + circleTitle))
		p.human().run("apply", "--only", "trust", p.otp()).ends(0)
		for _, name := range demoNames() {
			Expect(p.kinds(name)).To(Equal([]string{githubactions.Type}), name)
		}
		p.human().run("drift").ends(0)

		By("moving back")
		p.edit(stateFile, trustsGitHub, trustsCircleCI)
		Expect(p.human().run("plan").ends(0).out).To(ContainSubstring("the project moves: " + githubTitle + " → " + circleTitle))
		p.human().run("apply", "--only", "trust", "--prune", p.otp()).ends(0)
		for _, name := range demoNames() {
			Expect(p.kinds(name)).To(Equal([]string{circleci.Type}), name)
		}
		p.released(circleci.Type, "1.2.0")
	})

	It("two providers may be trusted side by side, and neither has moved", func() {
		p.write(stateFile, before)
		p.edit(stateFile, "  trustedPublisher:\n"+trustsCircleCI+"    permissions: [publish]\n",
			"  trustedPublishers:\n    - "+strings.TrimLeft(trustsGitLab, " ")+"    - "+
				strings.ReplaceAll(strings.TrimLeft(trustsCircleCI, " "), "\n      ", "\n        "))
		p.human().run("apply", "--only", "trust", p.otp()).ends(0)
		for _, name := range demoNames() {
			Expect(p.kinds(name)).To(ConsistOf(circleci.Type, gitlab.Type), name)
		}
		p.released(gitlab.Type, "1.3.0")
		p.human().run("drift").ends(0)
	})
})

var _ = Describe("a project moves on a registry that takes one trusted publisher", func() {
	It("is told so, and keeps the one that it has until it is pruned", func() {
		demo := newDemo()
		demo.seedAndTrust()
		demo.edit(stateFile, trustsCircleCI, trustsGitHub)
		p := newPipelineWith(demo, func(o *sandbox.Options) { o.TrustLimit = 1 })
		o := p.human().run("apply", "--only", "trust", p.otp()).ends(1)
		Expect(o.out).To(And(ContainSubstring("trusted publisher config already exists"), ContainSubstring("--prune")))
		for _, name := range demoNames() {
			Expect(p.kinds(name)).To(Equal([]string{circleci.Type}), name)
		}
		p.human().run("apply", "--only", "trust", "--prune", p.otp()).ends(0)
		for _, name := range demoNames() {
			Expect(p.kinds(name)).To(Equal([]string{githubactions.Type}), name)
		}
	})
})
