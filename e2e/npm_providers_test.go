package e2e_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// published has the demo's state file trust these, in the list's form: "- github: …".
func (p *place) published(by ...string) {
	GinkgoHelper()
	p.edit(stateFile, demoPublisher, "  trustedPublishers:\n    "+strings.Join(by, "\n    ")+"\n")
}

const demoPublisher = `  trustedPublisher:
    circleci:
      organizationID: 0b5f0a0e-6c2f-4a1e-9d37-111111111111
      projectID: 0b5f0a0e-6c2f-4a1e-9d37-222222222222
      pipelineDefinitionID: 0b5f0a0e-6c2f-4a1e-9d37-333333333333
      contextIDs: [0b5f0a0e-6c2f-4a1e-9d37-444444444444]
      vcsOrigin: github.com/example/demo
    permissions: [publish]
`

// jobOf is the surroundings of a job of any CI system.
func (p *pipeline) jobOf(j sandbox.Job) *place {
	GinkgoHelper()
	lines, err := p.world.JobEnv(j)
	Expect(err).NotTo(HaveOccurred())
	at := p.outside()
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		at = at.with(name, value)
	}
	return at
}

var _ = Describe("GitHub Actions and GitLab, and the real npm 12", Ordered, func() {
	const (
		byGitHub = "- github: {repository: example/demo, workflow: publish.yml, environment: npm}"
		byGitLab = "- gitlab: {project: example/sub/demo, configFile: .gitlab-ci.yml}"
	)
	var (
		p     *pipeline
		npm12 clients.Client
	)
	npm := func(at *place, args ...string) outcome {
		GinkgoHelper()
		return finish(at.start(npm12.Node, append(append([]string{npm12.Script}, args...), "--audit=false", "--fund=false",
			"--update-notifier=false", "--browser=false")...))
	}

	BeforeAll(func() {
		var err error
		if npm12, err = clients.NPM(GinkgoT().Context(), clients.NPM12); errors.Is(err, errors.ErrUnsupported) {
			Skip(err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		demo := newDemo()
		demo.published(byGitHub, byGitLab)
		demo.seedAndTrust()
		p = newPipeline(demo)
	})

	It("trust alike: what npm sets is what this program sets", func() {
		ours := p.trusted("@demo/core")
		Expect(ours).To(HaveLen(2))
		p.distrust("@demo/core")
		human := p.human()
		npm(human, "trust", "github", "@demo/core", "--yes", "--allow-publish", "--file=publish.yml", "--repository=example/demo", "--environment=npm",
			p.otp()).ends(0)
		npm(human, "trust", "gitlab", "@demo/core", "--yes", "--allow-publish", "--file=.gitlab-ci.yml", "--project=example/sub/demo", p.otp()).ends(0)
		theirs := p.trusted("@demo/core")
		Expect(plainly(theirs)).To(MatchJSON(plainly(ours)))
		Expect(theirs[0].Same(ours[0]) && theirs[1].Same(ours[1])).To(BeTrue())
		p.human().run("plan", "--only", "trust", "--detailed-exitcode").ends(0)

		var shown struct{ Type, File, Project string }
		list := npm(human, "trust", "list", "@demo/adapter", "--json", p.otp()).ends(0)
		decoder := json.NewDecoder(strings.NewReader(list.out))
		Expect(decoder.Decode(&shown)).To(Succeed())
		Expect(decoder.Decode(&shown)).To(Succeed())
		Expect(shown.Type + " " + shown.Project + " " + shown.File).To(Equal("gitlab example/sub/demo .gitlab-ci.yml"))
	})

	DescribeTable("publish by an ID token, as this program does",
		func(kind, version string) {
			job := sandbox.Job{Kind: kind, Tag: "@demo/adapter@" + version, Visibility: "private"}
			at := p.jobOf(job)
			at.write("npm/package.json", `{"name": "@demo/adapter", "version": "`+version+`"}`)
			npm(at, "publish", "./npm", "--tag", "latest").ends(0)
			published, ok := p.registry.manifest("@demo/adapter", version)
			Expect(ok).To(BeTrue())
			Expect(published.NPMUser.TrustedPublisher).To(HaveKeyWithValue("id", kind))

			job.Tag = "@demo/core@" + version
			p.build(version)
			o := p.jobOf(job).run("apply", "--log-level", "debug").ends(0)
			Expect(o.lines("publish")).To(HaveLen(1))
			published, ok = p.registry.manifest("@demo/core", version)
			Expect(ok).To(BeTrue())
			Expect(published.NPMUser.TrustedPublisher).To(HaveKeyWithValue("id", kind))
		},
		Entry(nil, githubactions.Type, "1.1.0"),
		Entry(nil, gitlab.Type, "1.2.0"),
	)

	It("are refused alike without permission to have ID tokens", func() {
		for _, kind := range []string{githubactions.Type, gitlab.Type} {
			job := sandbox.Job{Kind: kind, Tag: "@demo/core@1.3.0", NoIDTokens: true}
			before := len(p.sent(http.MethodPut))
			Expect(p.jobOf(job).run("apply").code).NotTo(Equal(0))
			Expect(p.sent(http.MethodPut)).To(HaveLen(before))
		}
	})
})

// plainly is what the trust API lists, without what the registry gives by itself.
func plainly(all []spec.TrustedPublisher) string {
	GinkgoHelper()
	for i := range all {
		all[i].ID = ""
	}
	data, err := json.Marshal(all)
	Expect(err).NotTo(HaveOccurred())
	return string(data)
}
