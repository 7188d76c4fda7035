package e2e_test

import (
	"cmp"
	"net/http"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// documented is a configuration of docs/circleci.
func documented(file string) *configuration {
	GinkgoHelper()
	text, err := os.ReadFile("../docs/circleci/" + file)
	Expect(err).NotTo(HaveOccurred())
	c, err := parseConfiguration(text)
	Expect(err).NotTo(HaveOccurred())
	return c
}

// scripts are the steps of a job, as far as they do something on the machine.
func (c *configuration) scripts(job string, arguments map[string]any) (found []script) {
	GinkgoHelper()
	Expect(c.Jobs).To(HaveKey(path.Base(job)))
	of := variables(c.Jobs[path.Base(job)].with(arguments).Environment)
	for _, s := range c.steps(job, arguments) {
		switch s.kind {
		case "persist_to_workspace":
			kept := script{name: s.kind}
			for _, path := range s.said["paths"].([]any) {
				kept.keeps = append(kept.keeps, path.(string))
			}
			found = append(found, kept)
		case "run":
			found = append(found, script{
				name: cmp.Or(s.text("name"), s.text("command")), command: s.text("command"),
				env: append(slices.Clone(of), variables(asMap(s.said["environment"]))...),
			})
		}
	}
	return found
}

// node is one executor of a job, by the variables that CircleCI sets; in is its folder.
func (p *pipeline) node(in *place, index, total string) *place {
	GinkgoHelper()
	at := &pipeline{in, p.world, p.registry}
	return at.executor("agent-facets@1.0.0").with("CI", "true", "CIRCLE_NODE_INDEX", index, "CIRCLE_NODE_TOTAL", total,
		"CIRCLE_JOB", "release", "CIRCLE_SHA1", strings.Repeat("1", 40), "CIRCLE_WORKING_DIRECTORY", in.dir)
}

var _ = Describe("the configurations that docs/circleci.md gives, run step by step", func() {
	var p *pipeline
	everything := append([]string{"agent-facets@1.0.0"}, facetsPlatformNames()...)
	for i, name := range everything[1:] {
		everything[i+1] = name + "@1.0.0"
	}

	BeforeEach(func() {
		facets := newFacets()
		facets.seedAndTrust()
		facets.prepare()
		p = newPipeline(facets)
	})

	// run runs steps on one node, and returns what was kept for the workspace.
	run := func(on *place, steps []script) (kept []string) {
		GinkgoHelper()
		for _, s := range steps {
			if s.command == "" {
				kept = append(kept, s.keeps...)
				continue
			}
			if _, err := exec.LookPath("jq"); err != nil && strings.Contains(s.command, "jq ") {
				AddReportEntry("not run, as jq is not installed: " + s.name)
				continue
			}
			finish(on.shell(s)).ends(0)
		}
		return kept
	}

	// other is another executor's folder, with the checkout and what came through the workspace.
	other := func(kept []string) *place {
		GinkgoHelper()
		there := newFacets()
		there.prepare()
		there.remove(".built")
		archive := there.path(".workspace.tar")
		finish(p.start("tar", append([]string{"-cf", archive}, kept...)...)).ends(0)
		finish(there.start("tar", "-xf", archive)).ends(0)
		return there
	}

	// announced is a node whose announcements are heard.
	announced := func() (*place, *announcements) {
		GinkgoHelper()
		told := newAnnouncements(p.registry)
		return p.node(p.place, "0", "1").with("GITHUB_API_URL", told.URL, "GITHUB_TOKEN", "of-the-context",
			"CHAT_WEBHOOK_URL", told.URL+"/chat"), told
	}

	// publishes runs a release's job twice, of which the first time has everything to do and tells of it.
	publishes := func(on *place, told *announcements, steps []script) {
		GinkgoHelper()
		run(on, steps)
		Expect(p.sent(http.MethodPut)).To(ConsistOf(paths(append(facetsPlatformNames(), "agent-facets")...)))
		Expect(on.result().PublishedNow).To(ConsistOf(everything))
		Expect(on.read("reports/junit/release.xml")).To(ContainSubstring("@agent-facets/cli-linux-x64-musl"))
		Expect(on.read("reports/release.html")).To(ContainSubstring("Converged"))
		entry, ok := p.registry.manifest("agent-facets", "1.0.0")
		Expect(ok).To(BeTrue())
		Expect(entry.OptionalDependencies).To(HaveLen(12))

		if _, err := exec.LookPath("jq"); err == nil {
			Expect(told.all()).To(HaveExactElements(
				`POST /repos/agent-facets/facets/releases { "tag_name": "agent-facets@1.0.0", "generate_release_notes": true }`,
				And(HavePrefix(`POST /chat { "text": "On npm now: `), ContainSubstring("agent-facets@1.0.0"))))
		}
		before := len(told.all())
		run(on, steps)
		Expect(on.result().PublishedNow).To(BeEmpty())
		Expect(told.all()).To(HaveLen(before), "a rerun announces nothing")
	}

	// nightly runs the job of the night, in which there is no tag.
	nightly := func(on *place, steps []script) {
		GinkgoHelper()
		finish(on.shell(steps[0])).ends(0)
		o := finish(on.with("CIRCLE_TAG", "").shell(steps[1])).ends(2)
		Expect(o.err).To(ContainSubstring("issue opened"), "the libraries have tags and no release")
		Expect(on.read("reports/junit/drift.xml")).To(ContainSubstring("TagWithoutRelease"))
		Expect(on.read("reports/drift.html")).To(ContainSubstring("TagWithoutRelease"))
	}

	It("release: publishes, keeps reports, and announces once; the nightly check sees what is missing", func() {
		on, told := announced()
		publishes(on, told, documented("release.yml").scripts("release", nil))
		nightly(on, documented("release.yml").scripts("drift", nil))
	})

	It("release, by the orb: the same", func() {
		example, err := orbExample("release")
		Expect(err).NotTo(HaveOccurred())
		on, told := announced()
		release, night := example.Workflows["release"].Jobs[0], example.Workflows["nightly"].Jobs[0]
		publishes(on, told, example.scripts(release.Job, release.Arguments))
		nightly(on, example.scripts(night.Job, night.Arguments))
	})

	// shares runs one job's steps, the last of which publishes, on two nodes at a time.
	shares := func(kept []string, steps []script) {
		GinkgoHelper()
		nodes := []*place{p.node(other(kept), "0", "2"), p.node(other(kept), "1", "2")}
		sessions := []*gexec.Session{}
		for _, on := range nodes {
			run(on, steps[:len(steps)-1])
		}
		for _, on := range nodes {
			sessions = append(sessions, on.shell(steps[len(steps)-1]))
		}
		for _, session := range sessions {
			finish(session).ends(0)
		}
		first, second := nodes[0].result().PublishedNow, nodes[1].result().PublishedNow
		Expect(slices.Concat(first, second)).To(ConsistOf(everything))
		Expect(first).To(ContainElement("agent-facets@1.0.0"))
		Expect(second).NotTo(BeEmpty())
		Expect(p.sent(http.MethodPut)).To(HaveLen(13))
	}

	It("parallel: two nodes share the upload, and one of them has the entry", func() {
		kept := run(p.node(p.place, "0", "1"), documented("parallel.yml").scripts("build", nil))
		shares(kept, documented("parallel.yml").scripts("publish", nil))
	})

	It("parallel, by the orb: the same", func() {
		example, err := orbExample("parallel")
		Expect(err).NotTo(HaveOccurred())
		kept := run(p.node(p.place, "0", "1"), example.scripts("build", nil))
		publish := example.Workflows["release"].Jobs[1]
		shares(kept, example.scripts(publish.Job, publish.Arguments))
	})

	It("matrix: a job for each package, and the entry when all are done", func() {
		kept := run(p.node(p.place, "0", "1"), documented("matrix.yml").scripts("build", nil))
		on := p.node(other(kept), "0", "1")
		for _, name := range append(facetsPlatformNames(), "agent-facets") {
			run(on, documented("matrix.yml").scripts("publish", map[string]any{"package": name}))
			Expect(on.result().PublishedNow).To(Equal([]string{name + "@1.0.0"}))
		}
	})

	It("approval, by the orb: what was planned is applied in another job", func() {
		example, err := orbExample("approval")
		Expect(err).NotTo(HaveOccurred())
		jobs := example.Workflows["release"].Jobs
		kept := run(p.node(p.place, "0", "1"), example.scripts(jobs[0].Job, jobs[0].Arguments))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
		run(p.node(other(kept), "0", "1"), example.scripts(jobs[2].Job, jobs[2].Arguments))
		Expect(p.sent(http.MethodPut)).To(HaveLen(13))
	})

	It("approval: what was planned is applied in another job", func() {
		kept := run(p.node(p.place, "0", "1"), documented("approval.yml").scripts("plan", nil))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
		run(p.node(other(kept), "0", "1"), documented("approval.yml").scripts("apply", nil))
		Expect(p.sent(http.MethodPut)).To(HaveLen(13))
	})

	// stages runs the jobs of a staged release: one stages it, a human approves it, another announces it.
	stages := func(stage, after []script) {
		GinkgoHelper()
		p.write(stateFile, strings.Replace(p.read(stateFile), "    - name: cli\n", "    - name: cli\n      publish: staged\n", 1))
		if _, err := exec.LookPath("jq"); err != nil {
			Skip("jq is not installed")
		}
		const untrusted, approve = "@agent-facets/cli-linux-x64-musl", "facets-reconcile apply --only approve --tag agent-facets@1.0.0"
		p.distrust(untrusted)
		on, told := announced()
		last := len(stage) - 1
		run(on, stage[:last])
		Expect(finish(on.shell(stage[last])).ends(3).out).To(ContainSubstring("--only seed,trust"), "a human has more to do than to approve")
		Expect(p.staged()).To(BeEmpty())
		p.human().run("apply", "--only", "trust", "--group", "cli", p.otp()).ends(0)

		o := finish(on.shell(stage[last])).ends(0)
		Expect(o.out).To(ContainSubstring(approve))
		Expect(p.staged()).To(HaveLen(13))
		Expect(on.read("reports/junit/release.xml")).To(ContainSubstring(untrusted))
		Expect(on.read("reports/release.html")).To(ContainSubstring(approve))
		run(on, stage[last:])
		Expect(p.staged()).To(HaveLen(13), "a rerun stages nothing again")
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
		Expect(p.registry.served("agent-facets", "1.0.0")).To(BeFalse())

		p.human().run("apply", "--only", "approve", "--tag", "agent-facets@1.0.0", p.otp()).ends(0)
		run(on, after)
		Expect(p.registry.served("agent-facets", "1.0.0")).To(BeTrue())
		made := `POST /repos/agent-facets/facets/releases { "tag_name": "agent-facets@1.0.0", "generate_release_notes": true }`
		before := told.all()
		Expect(before).NotTo(BeEmpty())
		Expect(before[0]).To(Equal(made))
		for _, more := range before[1:] {
			Expect(more).To(Equal(`POST /chat { "text": "On npm now: agent-facets@1.0.0" }`))
		}
		Expect(finish(on.shell(after[len(after)-1])).code).NotTo(BeZero())
		Expect(told.all()).To(Equal(before), "it is announced once")
	}

	It("staged: stages a release, fails where a human has more to do than to approve, and announces it when it is approved", func() {
		stages(documented("staged.yml").scripts("stage", nil), documented("staged.yml").scripts("announce", nil))
	})

	It("staged, by the orb: the same", func() {
		example, err := orbExample("staged")
		Expect(err).NotTo(HaveOccurred())
		jobs := example.Workflows["release"].Jobs
		stages(example.scripts(jobs[0].Job, jobs[0].Arguments), example.scripts(jobs[2].Job, jobs[2].Arguments))
	})
})

// staged are the paths of what was sent to be staged and taken.
func (p *pipeline) staged() (paths []string) {
	for _, r := range p.world.Requests() {
		if r.Method == http.MethodPost && strings.HasPrefix(r.Path, "/-/stage/package/") {
			paths = append(paths, r.Path)
		}
	}
	return paths
}
