package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
)

var _ = Describe("doctor", func() {
	var p *pipeline

	BeforeEach(func() {
		demo := newDemo()
		demo.seedAndTrust()
		p = newPipeline(demo)
	})

	It("finds a healthy pipeline healthy", func() {
		demo := newDemo()
		demo.seedAndTrust()
		demo.prove() // else it is not known whether it may more than stage
		p = newPipeline(demo)
		o := p.job("", nil).run("doctor", "--log-level", "debug").ends(0)
		Expect(o.out).To(And(ContainSubstring("healthy"), ContainSubstring("0b5f0a0e-6c2f-4a1e-9d37-333333333333"),
			ContainSubstring("✓ ssh-rerun"), ContainSubstring("6 packages"), Not(ContainSubstring("✗"))))
	})

	DescribeTable("names the cause in a job whose ID token is refused, and so does apply",
		func(claim string, value any, check, cause, next string) {
			p.build("1.0.0")
			job := p.job("v1.0.0", map[string]any{claim: value})
			o := job.run("doctor").ends(3)
			Expect(o.out).To(And(ContainSubstring("✗ "+check), ContainSubstring(cause), ContainSubstring("→ "+next),
				ContainSubstring("404"), ContainSubstring("a human must act")))
			Expect(p.sent(http.MethodPut)).To(BeEmpty())

			o = job.run("apply", "--log-level", "debug").ends(3)
			Expect(o.err).To(And(ContainSubstring(cause), ContainSubstring("→ "+next)), "what doctor says")
			Expect(p.sent(http.MethodPut)).To(BeEmpty())
		},
		Entry("because it was rerun with SSH", circleci.ClaimSSHRerun, true, "ssh-rerun",
			"the job was rerun with SSH", "rerun the workflow without SSH"),
		Entry("because it is of the development pipeline", circleci.ClaimPipelineDefinition, "de7e1095-0000-4000-8000-000000000000",
			"pipeline-definition-id", "another pipeline definition of the project (de7e1095-0000-4000-8000-000000000000",
			"publish from the release pipeline"),
		Entry("because it lacks the context", circleci.ClaimContexts, nil, "context-ids",
			"the job lacks the context 0b5f0a0e-6c2f-4a1e-9d37-444444444444", "add the context to the job"),
	)

	It("names the package that has no trusted publisher, and so does apply", func() {
		p.build("1.0.0")
		const untrusted = "@demo/cli-linux-x64"
		p.distrust(untrusted)
		o := p.job("v1.0.0", nil).run("doctor").ends(3)
		Expect(o.out).To(And(ContainSubstring("✗ "+untrusted), ContainSubstring("the package has no trusted publisher"),
			ContainSubstring("apply --only trust"), ContainSubstring("1 of 4 packages wrong")))
		o = p.job("v1.0.0", nil).run("apply").ends(3)
		Expect(o.err).To(And(ContainSubstring("refused for "+untrusted), ContainSubstring("the package has no trusted publisher")))
	})

	It("is read by programs as well", func() {
		p.distrust("demo")
		var first, second map[string]any
		Expect(json.Unmarshal([]byte(p.job("", nil).run("doctor", "-o", "json").ends(3).out), &first)).To(Succeed())
		Expect(first).To(And(HaveKeyWithValue("kind", "Doctor"), HaveKeyWithValue("exitCode", BeEquivalentTo(3)),
			HaveKeyWithValue("checks", HaveLen(10)), HaveKeyWithValue("packages", HaveLen(6))))
		Expect(yaml.Unmarshal([]byte(p.job("", nil).run("doctor", "-o", "yaml").ends(3).out), &second)).To(Succeed())
		Expect(second["packages"]).To(Equal(first["packages"]))
		Expect(p.job("", nil).run("doctor", "-o", "markdown").ends(3).out).To(ContainSubstring("| ✓ | org-id |"))
	})

	It("tells outside of CircleCI who is logged in, or that nobody is", func() {
		Expect(p.human().run("doctor", "--log-level", "debug").ends(0).out).To(And(
			ContainSubstring("the session of sandbox"), ContainSubstring("healthy")))
		p.remove("../home/.npmrc")
		Expect(p.outside().run("doctor").ends(3).out).To(ContainSubstring("npm login"))
	})

	It("fails where the registry cannot be reached", func() {
		dead := httptest.NewServer(http.NotFoundHandler())
		dead.Close()
		o := p.job("", nil).with("npm_config_registry", dead.URL+"/").run("doctor").ends(1)
		Expect(o.out).To(And(ContainSubstring("the registry was not reached"), Not(ContainSubstring("✗ "))))
	})

	It("rehearses in the sandbox: a human must act before it is healthy", func() {
		demo := newDemo()
		Expect(demo.run("doctor", "--sandbox").ends(3).out).To(ContainSubstring("the name does not exist yet"))
		demo.run("apply", "--sandbox", "--scan-delay", "0s", "--only", "seed").ends(0)
		Expect(demo.run("doctor", "--sandbox").ends(3).out).To(ContainSubstring("no circleci trusted publisher"))
		demo.seedAndTrust()
		Expect(demo.run("doctor", "--sandbox").ends(0).out).To(ContainSubstring("healthy"))
	})
})
