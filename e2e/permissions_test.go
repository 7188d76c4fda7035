package e2e_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// stageOnly makes anew a package's trusted publisher, as npm's form preselects it.
func (p *pipeline) stageOnly(name string) {
	GinkgoHelper()
	publisher := p.trusted(name)[0]
	p.distrust(name)
	publisher.ID, publisher.Permissions = "", []string{spec.PermissionStage}
	p.trust(name, publisher)
}

var _ = Describe("a trusted publisher that may only stage", Ordered, func() {
	const staging = "@demo/cli-linux-x64"
	var p *pipeline

	BeforeAll(func() {
		p = newReadyPipeline()
		p.stageOnly(staging)
	})

	loggedOut := func() { p.remove("../home/.npmrc") }

	It("is not called healthy by doctor in the job, which sees no more than the exchange", func() {
		o := p.job("", nil).run("doctor").ends(0)
		Expect(o.out).To(And(ContainSubstring("direct publishing is unproven"), Not(ContainSubstring("healthy")), Not(ContainSubstring("✗"))))
		Expect(p.job("", nil).run("doctor", "-o", "json").ends(0).out).To(ContainSubstring("direct publishing is unproven"))
	})

	It("is told by a human's doctor and plan, with the change that mends it", func() {
		o := p.human().run("doctor").ends(3)
		Expect(o.out).To(And(ContainSubstring("✗ "+staging+": the trusted publisher may only stage"), ContainSubstring("apply --only trust")))
		o = p.human().run("plan", "-o", "json")
		Expect(o.document().changed("trust")).To(ConsistOf(staging))
		Expect(o.document().pkg(staging).is("Trusted")).To(Equal("False MayOnlyStage"))
		Expect(p.human().run("plan").out).To(ContainSubstring("may only stage"))
		loggedOut()
	})

	It("is told also where the exchange has succeeded, by who sees its permissions as well", func() {
		d := p.run("plan", "--sandbox", "-o", "json").ends(0).document() // a rehearsal is both job and human
		Expect(d.changed("trust")).To(ConsistOf(staging))
		Expect(d.pkg(staging).is("Trusted")).To(Equal("False MayOnlyStage"))
		Expect(d.pkg("demo").is("Trusted")).To(HavePrefix("True "))
	})

	It("is warned of before the first upload; its 403 names both causes and needs a human", func() {
		o := p.job("v1.0.0", nil).run("apply", "--log-level", "debug").ends(3)
		Expect(o.lines("note")).To(ConsistOf(And(ContainSubstring("direct publishing is unproven for "), ContainSubstring("demo"))))
		Expect(strings.Index(o.err, "\nnote ")).To(BeNumerically("<", strings.Index(o.err, "\npublish ")))
		Expect(o.out).To(And(
			ContainSubstring("OIDC permission denied for this action"), ContainSubstring("its trusted publisher may only stage"),
			ContainSubstring("the package's own settings forbid it"), ContainSubstring("package/"+staging+"/access"),
			ContainSubstring("tick `npm publish` among the allowed actions"), ContainSubstring("publishing access"),
			ContainSubstring("apply --only trust"), Not(ContainSubstring("package/@demo/cli-linux-arm64/access"))))
		Expect(p.registry.versions(staging)).NotTo(ContainElement("1.0.0"))
		Expect(p.registry.versions("demo")).NotTo(ContainElement("1.0.0"), "its platforms are not all served")
		Expect(p.registry.versions("@demo/cli-linux-arm64")).To(ContainElement("1.0.0"), "a sibling is not stopped")

		d := p.job("v1.0.0", nil).run("apply", "-o", "json").ends(3).document()
		Expect(d.pkg(staging).Changes).To(ContainElement(And(HaveField("Action", "publish"), HaveField("Outcome", "refused"), HaveField("Actor", "human"),
			HaveField("Reason", "NotPermitted"))))
		for _, format := range []string{"markdown", "table"} {
			Expect(p.job("v1.0.0", nil).run("apply", "-o", format).ends(3).out).To(ContainSubstring("among the allowed actions"), format)
		}
		o = p.job("v1.0.0", nil).run("apply", "--report", "junit=out.xml").ends(3)
		Expect(p.read("out.xml")).To(ContainSubstring("among the allowed actions"))
	})

	It("is made anew by a human, and the release goes on; what was published so is proof for the next one", func() {
		p.human().run("apply", "--only", "trust", p.otp()).ends(0)
		Expect(p.trusted(staging)).To(ConsistOf(HaveField("Permissions", ContainElement(spec.PermissionPublish))))
		loggedOut()
		p.job("v1.0.0", nil).run("apply", "--timeout", "1m").ends(0)
		Expect(p.registry.versions("demo")).To(ContainElement("1.0.0"))

		Expect(p.job("", nil).run("doctor", "--group", "cli").ends(0).out).To(ContainSubstring("healthy"))
		p.build("1.1.0")
		Expect(p.world.Tag("v1.1.0")).To(Succeed())
		Expect(p.job("v1.1.0", nil).run("apply", "--timeout", "1m", "--log-level", "debug").ends(0).lines("note")).To(BeEmpty())
	})
})

var _ = Describe("a package whose own settings forbid publishing", func() {
	It("answers 403 without a word, which after a good exchange has the same two causes", func() {
		demo := newDemo()
		demo.seedAndTrust()
		demo.build("1.0.0")
		p := newPipelineBehind(demo, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "cli-darwin") {
					rw.WriteHeader(http.StatusForbidden)
					return
				}
				next.ServeHTTP(rw, r)
			})
		})
		o := p.job("v1.0.0", nil).run("apply").ends(3)
		Expect(o.out).To(And(ContainSubstring("403"), ContainSubstring("its trusted publisher may only stage"),
			ContainSubstring("the package's own settings forbid it"), ContainSubstring("package/@demo/cli-darwin-arm64/access")))
		human := p.human().run("apply", "--auth", "token", "--tag", "v1.0.0", p.otp()).ends(1)
		Expect(human.out).NotTo(ContainSubstring("only stage"), "a session has no trusted publisher")
	})
})

var _ = Describe("names that were seeded", func() {
	It("are followed by what comes next: the pages, the values, and the command that does it", func() {
		p := newPipeline(newDemo())
		next := func(out string, names ...string) {
			GinkgoHelper()
			Expect(out).To(And(ContainSubstring("facets-reconcile apply --only trust"), ContainSubstring("Pipeline Definition ID"),
				ContainSubstring("0b5f0a0e-6c2f-4a1e-9d37-333333333333"), ContainSubstring("Allowed actions"), ContainSubstring("npm publish"),
				ContainSubstring("preselects staging")))
			for _, name := range demoNames() {
				is := ContainSubstring("package/" + name + "/access")
				if len(names) > 0 && name != names[0] {
					is = Not(is)
				}
				Expect(out).To(is, name)
			}
		}
		o := p.human().run("apply", "--only", "seed", "--package", "@demo/core", p.otp(), "--log-level", "debug").ends(0)
		next(o.out, "@demo/core")
		next(p.human().run("apply", "--only", "seed", p.otp()).ends(0).out)
		next(p.human().run("apply", "--only", "seed", p.otp()).ends(0).out)
		o = p.human().run("apply", "--only", "seed", "-o", "markdown", "--report", "html=out.html", "--report", "junit=out.xml", p.otp()).ends(0)
		next(o.out)
		next(p.read("out.html"))
		next(p.read("out.xml"))

		p.human().run("apply", "--only", "trust", p.otp()).ends(0)
		Expect(p.human().run("apply", "--only", "seed", p.otp()).ends(0).out).NotTo(ContainSubstring("Pipeline Definition ID"))
	})
})

var _ = Describe("validate", func() {
	DescribeTable("refuses trusted publishers that could not do what a group needs",
		func(permissions, says string) {
			p := newDemo()
			p.edit(stateFile, "permissions: [publish]", "permissions: "+permissions)
			Expect(p.run("validate").ends(1).err).To(And(ContainSubstring("spec.trustedPublisher.permissions"), ContainSubstring(says)))
		},
		Entry("as they may only stage", "[stage]", `publish: staged for each group that is published directly: "cli", "libraries"`),
		Entry("as they may do what nobody knows", "[approve]", `supported values: "publish", "stage"`),
	)

	It("takes the permission to stage beside that to publish, and alone where every group is staged", func() {
		p := newDemo()
		p.edit(stateFile, "permissions: [publish]", "permissions: [publish, stage]")
		p.run("validate").ends(0)
		p.edit(stateFile, "permissions: [publish, stage]", "permissions: [stage]")
		p.edit(stateFile, "    - name: cli\n", "    - name: cli\n      publish: staged\n")
		p.run("validate").ends(1)
		p.edit(stateFile, "    - name: libraries\n", "    - name: libraries\n      publish: staged\n")
		p.run("validate").ends(0)
	})
})
