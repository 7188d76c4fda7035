package e2e_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a library whose first release is not near", Ordered, func() {
	const library = "@demo/adapter"
	var p *pipeline

	BeforeAll(func() {
		p = newPipeline(newDemo()) // without any git tag
		p.human().run("apply", "--only", "seed,trust", p.otp(), "--log-level", "debug").ends(0)
		p.remove("../home/.npmrc")
	})

	It("is warned of by plan: its trusted publisher was never used", func() {
		d := p.job("", nil).run("plan", "-o", "json", "--detailed-exitcode").ends(3).document()
		Expect(d.Findings).To(ContainElement(And(HaveField("Type", "Unproven"), HaveField("Package", library),
			HaveField("Next", ContainSubstring("apply --only prove")))))
		Expect(p.job("", nil).run("plan").ends(0).out).To(And(ContainSubstring("Unproven"), ContainSubstring(library)))
	})

	It("is left alone by a plain apply", func() {
		before := p.sent(http.MethodPut)
		p.job("", nil).run("apply").ends(0)
		Expect(p.sent(http.MethodPut)).To(Equal(before))
		Expect(p.registry.versions(library)).To(ConsistOf("0.0.1"))
	})

	It("cannot be proved by a human", func() {
		before := p.sent(http.MethodPut)
		p.human().run("apply", "--only", "prove", p.otp()).ends(3)
		p.remove("../home/.npmrc")
		Expect(p.sent(http.MethodPut)).To(Equal(before))
	})

	It("is proved on request in CircleCI: the placeholder's next version, by the trusted publisher", func() {
		o := p.job("", nil).run("apply", "--only", "prove", "--package", library, "--log-level", "debug").ends(0)
		Expect(o.lines("prove")).To(ConsistOf(HavePrefix("prove    " + library + "@0.0.2: ")))
		Expect(p.registry.versions(library)).To(ConsistOf("0.0.1", "0.0.2"))
		Expect(p.registry.distTags(library)).To(Equal(map[string]string{"latest": "0.0.1", "placeholder": "0.0.2"}))
		proof, ok := p.registry.manifest(library, "0.0.2")
		Expect(ok).To(BeTrue())
		Expect(proof.NPMUser.TrustedPublisher).To(HaveKeyWithValue("id", "circleci"))
		Expect(p.registry.versions("@demo/core")).To(ConsistOf("0.0.1"), "it was not asked for")

		By("not warning of it any more, and not proving it twice")
		d := p.job("", nil).run("plan", "-o", "json").ends(0).document()
		Expect(d.Findings).NotTo(ContainElement(HaveField("Package", library)))
		Expect(d.Findings).To(ContainElement(And(HaveField("Type", "Unproven"), HaveField("Package", "@demo/core"))))
		before := p.sent(http.MethodPut)
		p.job("", nil).run("apply", "--only", "prove", "--package", library).ends(0)
		Expect(p.sent(http.MethodPut)).To(Equal(before))
	})
})
