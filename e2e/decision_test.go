package e2e_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

var _ = Describe("what a human decided on a release", Ordered, func() {
	var p *pipeline

	BeforeAll(func() { p = newPipeline(released()) })

	It("is as it should be in every report where the state file accepts it", func() {
		p.point("demo", "latest", "1.0.0")
		Expect(p.world.Deprecate("demo", "1.1.0", "broken")).To(Succeed())
		p.acceptance("{finding: RolledBack, package: demo, version: 1.1.0, reason: it starts no more}")
		o := p.human().run("drift", "--report", "junit=out/accepted.xml", "--report", "json=out/accepted.json").ends(0)
		Expect(o.out).To(ContainSubstring("No drift: everything is as it should be, but for what the state file accepts (1 finding)."))
		Expect(p.read("out/accepted.xml")).NotTo(ContainSubstring("<failure"))
		Expect(p.read("out/accepted.json")).To(ContainSubstring(`"converged": true`))
		d := p.human().run("apply", "--only", "tag", p.otp(), "-o", "json").ends(0).document()
		Expect(d.acceptedKinds()).To(ConsistOf("RolledBack"))
		Expect(p.registry.distTags("demo")).To(HaveKeyWithValue("latest", "1.0.0"))
		p.acceptance()
	})

	It("is asked for where the newest tag is of what is withdrawn, and no source is blamed", func() {
		p.pin(`withdrawn: [{version: 1.1.0, message: "broken"}]`)
		for _, command := range []string{"drift", "plan", "apply"} {
			o := p.human().run(command).ends(1)
			Expect(o.out+o.err).To(And(ContainSubstring("the tag v1.1.0 asks for demo@1.1.0, which the state file withdraws"),
				ContainSubstring("pin the version to go back to"), Not(ContainSubstring("GITHUB_TOKEN"))), command)
		}
	})

	It("is done from where it was shown at the prompt, and from nowhere else", func() {
		Expect(p.world.Deprecate("demo", "1.1.0", "")).To(Succeed())
		p.point("demo", "latest", "1.1.0")
		p.pin("version: 1.0.0", "rollback: true")
		session, typing := p.human().atTerminal(binary, "apply", "--only", "tag", p.otp())
		Eventually(session.Out, soon).Should(gbytes.Say(`1\.1\.0 → 1\.0\.0 \(rollback\)`))
		Eventually(session.Out, soon).Should(gbytes.Say(`\[y/N\]`))
		p.point("demo", "latest", "0.0.1")
		_, err := typing.WriteString("y\n")
		Expect(err).NotTo(HaveOccurred())
		out := finish(session).ends(3).out
		Expect(out).To(ContainSubstring("it pointed at 1.1.0 and has come to point at 0.0.1"))
		Expect(out).To(And(ContainSubstring("npm dist-tag ls demo"), Not(ContainSubstring("npm dist-tag add demo@1.0.0"))))
		Expect(p.registry.distTags("demo")).To(HaveKeyWithValue("latest", "0.0.1"))
	})
})

var _ = Describe("a library that needs another", func() {
	library := func(p *pipeline, name, version, needs string) {
		GinkgoHelper()
		folder := "packages/" + name
		p.standIn(folder, standin.Package{Name: spec.Name("@demo/" + name), Version: spec.Version(version)})
		if needs != "" {
			path := folder + "/package.json"
			p.write(path, strings.Replace(p.read(path), `"version":`, `"dependencies": {"@demo/adapter": "`+needs+`"}, "version":`, 1))
		}
		Expect(p.world.Tag("@demo/" + name + "@" + version)).To(Succeed())
	}

	It("is not sent before that is served, whatever other pipeline sends it", func() {
		p := newPipeline(released())
		library(p, "core", "1.0.1", "~1.0.1")
		library(p, "adapter", "1.0.1", "")
		o := p.job("@demo/core@1.0.1", nil).run("apply", "--timeout", "1s").ends(4)
		Expect(o.out).To(ContainSubstring("@demo/adapter@~1.0.1"))
		Expect(p.registry.versions("@demo/core")).NotTo(ContainElement("1.0.1"))
		p.job("@demo/adapter@1.0.1", nil).run("apply").ends(0)
		p.job("@demo/core@1.0.1", nil).run("apply").ends(0)
		p.human().run("drift").ends(0)

		By("and the nightly check finds it when that is gone")
		library(p, "adapter", "1.1.0", "")
		p.job("@demo/adapter@1.1.0", nil).run("apply").ends(0)
		p.human().run("drift").ends(0)
		Expect(p.world.Remove("@demo/adapter", "1.0.1")).To(Succeed())
		d := p.human().run("drift", "-o", "json").ends(2).document()
		Expect(d.found("Unmet", "@demo/core")).To(ContainSubstring("needs @demo/adapter@~1.0.1, which is not"))
		Expect(p.human().run("plan", "-o", "json", "--detailed-exitcode").ends(2).document().kinds()).To(ContainElement("Unmet"))
	})
})
