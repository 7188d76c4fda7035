package e2e_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

var _ = Describe("the pipelines that docs/gitlab.md gives, run step by step", func() {
	const tag, project = "agent-facets@1.0.0", "agent-facets/tools/facets"
	announcement := HavePrefix("POST /api/v4/projects/")
	var p *pipeline
	var told *announcements
	pushed := sandbox.Job{Repository: project, Tag: tag, Event: "push"}

	BeforeEach(func() {
		p = trusting("gitlab: {project: " + project + ", configFile: .gitlab-ci.yml, environment: npm}")
		told = newAnnouncements(p.registry)
	})

	It("release: publishes and announces once; drift and plan: show what is missing", func() {
		run := p.newGitLabRun("release.yml", told.URL, pushed)
		run.does("build").succeeded()
		run.does("install").succeeded()
		published := run.does("publish").succeeded()
		Expect(p.sent(http.MethodPut)).To(ConsistOf(paths(append(facetsPlatformNames(), "agent-facets")...)))
		Expect(published.result().PublishedNow).To(ConsistOf(wholeRelease()))
		Expect(published.read("reports/junit.xml")).To(ContainSubstring("@agent-facets/cli-linux-x64-musl"))
		Expect(published.read("reports/release.html")).To(ContainSubstring("Converged"))
		entry, ok := p.registry.manifest("agent-facets", "1.0.0")
		Expect(ok).To(BeTrue())
		Expect(entry.NPMUser.TrustedPublisher).To(HaveKeyWithValue("id", "gitlab"))
		Expect(entry.Dist.Attestations).To(HaveKey("provenance"))
		run.does("announce").succeeded()
		run.does("publish").succeeded()
		run.does("announce").succeeded()
		Expect(told.all()).To(HaveExactElements(And(announcement, HaveSuffix("/releases tag_name=agent-facets%401.0.0"))), "a rerun announces nothing")

		nightly := p.newGitLabRun("release.yml", told.URL, sandbox.Job{Repository: project, Branch: "main", Event: "schedule"}).does("drift")
		Expect(nightly.code).To(Equal(2), "the libraries have tags and no release")
		Expect(nightly.read("reports/quality.json")).To(And(ContainSubstring("TagWithoutRelease"), ContainSubstring(`"path": "desired-state.yaml"`)))
		Expect(nightly.read("reports/junit.xml")).To(ContainSubstring("TagWithoutRelease"))
		Expect(nightly.read("reports/drift.html")).To(ContainSubstring("TagWithoutRelease"))

		merge := p.newGitLabRun("release.yml", told.URL, sandbox.Job{Repository: project, Branch: "more", Event: "merge_request_event"})
		planned := merge.does("plan").succeeded()
		Expect(planned.out).To(ContainSubstring("9 to publish"))
		Expect(planned.read("reports/plan.html")).To(ContainSubstring("@agent-facets/core"))
	})

	It("staged: stages a release, fails where a human has more to do than to approve, and announces it when it is approved", func() {
		const untrusted, approve = "@agent-facets/cli-linux-x64-musl", "facets-reconcile apply --only approve --tag agent-facets@1.0.0"
		run := p.newGitLabRun("staged.yml", told.URL, pushed)
		run.state = staging(run.state)
		p.write(stateFile, run.state)
		p.distrust(untrusted)
		run.does("build").succeeded()
		run.does("install").succeeded()
		refused := run.does("stage")
		Expect(refused.code).To(Equal(3))
		Expect(refused.out).To(ContainSubstring(untrusted))
		Expect(p.staged()).To(BeEmpty())
		p.human().run("apply", "--only", "trust", "--group", "cli", p.otp()).ends(0)

		staged := run.does("stage").succeeded()
		Expect(staged.out).To(ContainSubstring(approve))
		Expect(staged.read("reports/release.html")).To(ContainSubstring(approve))
		Expect(p.staged()).To(HaveLen(13))
		Expect(p.registry.served("agent-facets", "1.0.0")).To(BeFalse())

		p.human().run("apply", "--only", "approve", "--tag", tag, p.otp()).ends(0)
		run.does("announce").succeeded()
		Expect(run.does("announce").code).NotTo(BeZero(), "it is announced once")
		Expect(told.all()).To(HaveExactElements(announcement))
	})

	It("parallel: two jobs share the upload, and the first has the entry", func() {
		run := p.newGitLabRun("parallel.yml", told.URL, pushed)
		run.does("build").succeeded()
		run.does("install").succeeded()
		first := run.start("publish", "CI_NODE_INDEX", "1", "CI_NODE_TOTAL", "2")
		second := run.start("publish", "CI_NODE_INDEX", "2", "CI_NODE_TOTAL", "2")
		first.end().succeeded()
		second.end().succeeded()
		Expect(append(first.result().PublishedNow, second.result().PublishedNow...)).To(ConsistOf(wholeRelease()))
		Expect(first.result().PublishedNow).To(ContainElement(tag))
		Expect(second.result().PublishedNow).NotTo(BeEmpty())
	})
})
