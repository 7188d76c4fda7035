package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// trusting makes the state file of agent-facets trust another provider's pipeline, and the world one whose jobs are such.
func trusting(provider string) *pipeline {
	GinkgoHelper()
	facets := newFacets()
	text := facets.read(stateFile)
	start, end := strings.Index(text, "    circleci:\n"), strings.Index(text, "    permissions: [publish]\n")
	Expect(start > 0 && end > start).To(BeTrue())
	facets.write(stateFile, text[:start]+"    "+provider+"\n"+text[end:])
	facets.seedAndTrust()
	return newPipelineWith(facets, func(o *sandbox.Options) { o.Claims = nil })
}

// wholeRelease is each version of the release of agent-facets.
func wholeRelease() []string {
	all := []string{"agent-facets@1.0.0"}
	for _, name := range facetsPlatformNames() {
		all = append(all, name+"@1.0.0")
	}
	return all
}

// readingOnly is the sandbox's GitHub for a token that may write nothing.
func readingOnly(world registry) (address string) {
	GinkgoHelper()
	github, err := url.Parse(string(world) + "/github")
	Expect(err).NotTo(HaveOccurred())
	forward := httputil.NewSingleHostReverseProxy(github)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			forward.ServeHTTP(rw, r)
			return
		}
		http.Error(rw, `{"message": "Resource not accessible by integration"}`, http.StatusForbidden)
	}))
	DeferCleanup(server.Close)
	return server.URL
}

// staging makes the release of the command one that a human approves.
func staging(state string) string {
	return strings.Replace(state, "    - name: cli\n", "    - name: cli\n      publish: staged\n", 1)
}

var _ = Describe("the workflows that docs/github-actions.md gives, run step by step", func() {
	const tag, repository = "agent-facets@1.0.0", "agent-facets/facets"
	const announcement = "POST /repos/agent-facets/facets/releases " + tag
	var p *pipeline
	var told *announcements
	pushed := sandbox.Job{Repository: repository, Tag: tag, Event: "push"}

	BeforeEach(func() {
		p = trusting("github: {repository: " + repository + ", workflow: release.yml, environment: npm}")
		told = newAnnouncements(p.registry)
	})

	It("release: publishes and announces once; drift: finds what is missing, and keeps an issue", func() {
		run := p.newGitHubRun("release.yml", pushed)
		run.api = told.URL
		run.job("build").succeeded()
		published := run.job("publish").succeeded()
		Expect(p.sent(http.MethodPut)).To(ConsistOf(paths(append(facetsPlatformNames(), "agent-facets")...)))
		Expect(published.result().PublishedNow).To(ConsistOf(wholeRelease()))
		Expect(published.summary()).To(ContainSubstring("Converged"))
		Expect(run.stored["reports"]).To(HaveKeyWithValue("release.html", ContainSubstring("Converged")))
		entry, ok := p.registry.manifest("agent-facets", "1.0.0")
		Expect(ok).To(BeTrue())
		Expect(entry.NPMUser.TrustedPublisher).To(HaveKeyWithValue("id", "github"))
		Expect(entry.Dist.Attestations).To(HaveKey("provenance"))
		run.job("announce").succeeded()
		Expect(told.all()).To(Equal([]string{announcement}))

		again := p.newGitHubRun("release.yml", pushed)
		again.stored = run.stored
		again.job("publish").succeeded()
		Expect(again.job("announce")).To(BeNil(), "a rerun announces nothing")

		nightly := p.newGitHubRun("drift.yml", sandbox.Job{Repository: repository, Branch: "main", Event: "schedule"})
		found := nightly.job("drift")
		Expect(found.failed.code).To(Equal(2), "the libraries have tags and no release")
		Expect(found.all).To(And(ContainSubstring("issue opened"), ContainSubstring("::warning file=desired-state.yaml,line=")))
		Expect(found.summary()).To(ContainSubstring("TagWithoutRelease"))
		Expect(nightly.stored["reports"]).To(HaveKeyWithValue("drift.html", ContainSubstring("TagWithoutRelease")))
	})

	It("plan: keeps one comment in a pull request, and none in that of a fork", func() {
		run := p.newGitHubRun("plan.yml", sandbox.Job{Repository: repository, Branch: "more", Event: "pull_request"})
		run.api, run.from = readingOnly(p.registry), "somebody/facets"
		guest := run.job("plan").succeeded()
		Expect(guest.all).To(ContainSubstring("no comment is kept in the pull request #7"))
		Expect(guest.summary()).To(ContainSubstring("22 to publish"))
		Expect(p.world.Comments()).To(BeEmpty())

		run.api, run.from = "", ""
		run.job("plan").succeeded()
		planned := run.job("plan").succeeded()
		Expect(planned.summary()).To(ContainSubstring("22 to publish"))
		Expect(p.world.Comments()).To(HaveExactElements(HaveField("Body", ContainSubstring("22 to publish"))))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	})

	It("staged: stages a release, fails where a human has more to do than to approve, and announces it when it is approved", func() {
		const untrusted, approve = "@agent-facets/cli-linux-x64-musl", "facets-reconcile apply --only approve --tag agent-facets@1.0.0"
		run := p.newGitHubRun("staged.yml", pushed)
		run.api, run.state = told.URL, staging(run.state)
		p.write(stateFile, run.state)
		p.distrust(untrusted)
		run.job("build").succeeded()
		refused := run.job("stage")
		Expect(refused.failed.code).To(Equal(3))
		Expect(refused.summary()).To(ContainSubstring(untrusted))
		Expect(p.staged()).To(BeEmpty())
		p.human().run("apply", "--only", "trust", "--group", "cli", p.otp()).ends(0)

		staged := run.job("stage").succeeded()
		Expect(staged.summary()).To(ContainSubstring(approve))
		Expect(run.stored["reports"]).To(HaveKeyWithValue("release.html", ContainSubstring(approve)))
		Expect(p.staged()).To(HaveLen(13))
		Expect(p.registry.served("agent-facets", "1.0.0")).To(BeFalse())

		p.human().run("apply", "--only", "approve", "--tag", tag, p.otp()).ends(0)
		run.job("announce").succeeded()
		Expect(run.job("announce").failed).NotTo(BeNil(), "it is announced once")
		Expect(told.all()).To(Equal([]string{announcement}))
	})

	It("shards: two jobs share the upload, and the first has the entry", func() {
		run := p.newGitHubRun("shards.yml", pushed)
		run.job("build").succeeded()
		var machines []*githubMachine
		var sessions []*gexec.Session
		var publish githubStep
		for _, index := range []string{"0", "1"} {
			m, j := run.machine("publish")
			m.values["strategy.job-index"], m.values["strategy.job-total"] = index, "2"
			last := len(j.Steps) - 2
			m.steps(j.Steps[:last])
			publish = j.Steps[last]
			machines = append(machines, m)
			sessions = append(sessions, m.begin(publish, map[string]string{"SHARE": m.fill(publish.Env["SHARE"])}))
		}
		var published []string
		for i, m := range machines {
			m.finished(publish, finish(sessions[i]))
			published = append(published, m.succeeded().result().PublishedNow...)
		}
		Expect(published).To(ConsistOf(wholeRelease()))
		Expect(machines[0].result().PublishedNow).To(ContainElement(tag))
		Expect(machines[1].result().PublishedNow).NotTo(BeEmpty())
	})
})
