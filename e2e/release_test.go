package e2e_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// What a tag, or its absence, makes of a release. Everything is at 1.0.0 to begin with.
var _ = Describe("a release by its tag", func() {
	var p *pipeline

	BeforeEach(func() {
		demo := newDemo()
		demo.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		p = newPipeline(demo)
	})

	It("touches only the library that the tag names", func() {
		p.build("1.1.0")
		d := p.job("@demo/adapter@1.1.0", nil).run("apply", "-o", "json").ends(0).document()
		Expect(d.PublishedNow).To(ConsistOf("@demo/adapter@1.1.0"))
		Expect(d.Summary).To(Equal(summary{Converged: true}))
		Expect(p.sent(http.MethodPut)).To(ConsistOf("/@demo%2fadapter"))
		Expect(p.registry.distTags("@demo/adapter")).To(HaveKeyWithValue("latest", "1.1.0"))
		Expect(p.registry.distTags("@demo/core")).To(HaveKeyWithValue("latest", "1.0.0"))
	})

	It("takes the tag of the flag before the job's own", func() {
		p.build("1.1.0")
		d := p.job("v1.1.0", nil).run("apply", "--tag", "@demo/core@1.1.0", "-o", "json").ends(0).document()
		Expect(d.PublishedNow).To(ConsistOf("@demo/core@1.1.0"))
	})

	It("has nothing to do for the tag of a private package, and says so", func() {
		for _, command := range []string{"plan", "apply", "wait"} {
			o := p.job("@demo/site@3.0.0", nil).run(command).ends(0)
			Expect(o.out + o.err).To(And(ContainSubstring("@demo/site"), ContainSubstring("private")))
		}
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	})

	It("refuses a tag that names nothing, and says which forms there are", func() {
		for _, tag := range []string{"release-1.1.0", "@demo/unknown@1.1.0", "v1.1", "demo@1.1.0"} {
			o := p.job(tag, nil).run("apply").ends(1)
			Expect(o.err).To(And(ContainSubstring(tag), ContainSubstring("v{version}"), ContainSubstring("@demo/adapter@{version}")))
		}
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	})

	It("leaves a target that came after the release to the next one", func() {
		p.edit(stateFile, "          - linux-x64\n", "          - linux-x64\n          - windows-x64\n")
		const added = "@demo/cli-windows-x64"
		p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0) // takes the name and sets the trusted publisher
		Expect(p.registry.versions(added)).To(ConsistOf("0.0.1"))

		d := p.job("v1.0.0", nil).run("plan", "--detailed-exitcode", "-o", "json").ends(3).document()
		Expect(d.Summary).To(Equal(summary{Converged: true}))
		Expect(d.pkg(added).is("Published")).To(Equal("False NextRelease"))
		Expect(d.pkg("demo").is("Complete")).To(Equal("True Complete"))
		Expect(d.Findings).To(ConsistOf(And(HaveField("Type", "Unproven"), HaveField("Package", added))), "its release is not in sight")
		p.job("v1.0.0", nil).run("apply").ends(0)
		Expect(p.sent(http.MethodPut)).To(BeEmpty())

		next := p.job("v1.1.0", nil).run("plan", "-o", "json").ends(0).document()
		Expect(next.changed("publish")).To(HaveLen(5))
	})

	It("does not publish what is older than the dist-tag's, unless under another dist-tag", func() {
		p.build("0.9.0")
		o := p.job("v0.9.0", nil).run("apply").ends(3)
		Expect(o.out + o.err).To(And(ContainSubstring("--dist-tag"), ContainSubstring("1.0.0")))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())

		d := p.job("v0.9.0", nil).run("apply", "--dist-tag", "old", "-o", "json").ends(0).document()
		Expect(d.PublishedNow).To(HaveLen(4))
		for _, name := range []string{"demo", "@demo/cli-linux-x64"} {
			Expect(p.registry.distTags(name)).To(And(HaveKeyWithValue("old", "0.9.0"), HaveKeyWithValue("latest", "1.0.0")))
		}
	})

	It("tags a prerelease as next", func() {
		p.build("1.1.0-beta.1")
		p.job("v1.1.0-beta.1", nil).run("apply").ends(0)
		Expect(p.registry.distTags("demo")).To(And(HaveKeyWithValue("next", "1.1.0-beta.1"), HaveKeyWithValue("latest", "1.0.0")))
	})

	It("without a tag, is published only from the tag's own commit", func() {
		Expect(p.world.Tag("v1.1.0")).To(Succeed())
		p.build("1.1.0")
		o := p.job("", nil).run("apply").ends(3)
		Expect(o.out + o.err).To(And(ContainSubstring("check"), ContainSubstring("v1.1.0")))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	})

	It("is found by its highest tag, annotated or not", func() {
		Expect(p.world.Tag("v1.9.0")).To(Succeed())
		Expect(p.world.TagAnnotated("v1.10.0")).To(Succeed())
		Expect(p.world.Tag("v2.0.0-beta.1")).To(Succeed())
		d := p.job("", nil).run("plan", "--detailed-exitcode", "-o", "json").ends(2).document()
		Expect(d.pkg("demo").Tag).To(Equal("v1.10.0"))
	})
})
