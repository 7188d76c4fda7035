package e2e_test

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

var _ = Describe("the command line", func() {
	It("tells its version", func() {
		Expect(newPlace().run("version").ends(0).out).To(MatchRegexp(`^facets-reconcile \S+ \(commit (unknown|[0-9a-f]{40} of \S+Z), go1\.\S+\)\n$`))
	})

	It("completes commands and flags", func() {
		for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
			Expect(newPlace().run("completion", shell).ends(0).out).To(ContainSubstring("facets-reconcile"))
		}
	})

	It("writes the same plan as JSON and as YAML, and a table as Markdown", func() {
		p := newDemo()
		asJSON := p.run("plan", "--sandbox=world", "-o", "json").ends(0).out
		var first, second map[string]any
		Expect(json.Unmarshal([]byte(asJSON), &first)).To(Succeed())
		Expect(yaml.Unmarshal([]byte(p.run("plan", "--sandbox=world", "-o", "yaml").ends(0).out), &second)).To(Succeed())
		for _, document := range []map[string]any{first, second} { // another port each time
			Expect(document["registry"]).To(HavePrefix("http://127.0.0.1:"))
			delete(document, "registry")
		}
		Expect(second).To(Equal(first))

		markdown := p.run("plan", "--sandbox=world", "-o", "markdown").ends(0).out
		Expect(markdown).To(MatchRegexp(`(?m)^\|[ :|-]*---[ :|-]*\|$`))
		Expect(markdown).To(ContainSubstring("demo"))
	})

	DescribeTable("refuses what it does not know",
		func(said string, arguments ...string) {
			o := newDemo().run(arguments...).ends(1)
			Expect(o.err).To(ContainSubstring(said))
			Expect(o.out).To(BeEmpty())
		},
		Entry("a command", "aply", "aply"),
		Entry("a flag", "--sandboxed", "plan", "--sandboxed"),
		Entry("an output", "xml", "plan", "--sandbox", "-o", "xml"),
		Entry("a group", "nothing", "plan", "--sandbox", "--group", "nothing"),
		Entry("a package", "@demo/nothing", "apply", "--sandbox", "--package", "@demo/nothing"),
		Entry("an action", "unpublish", "apply", "--sandbox", "--only", "unpublish"),
		Entry("a dist-tag that is a version", "1.2.3", "apply", "--sandbox", "--dist-tag", "1.2.3"),
		Entry("a registry", "--registry", "plan", "--registry", "nowhere"),
	)

	Describe("wait", func() {
		It("ends well when the release is served, and needs no credentials", func() {
			p := newDemo()
			p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
			ci := newPipeline(p)
			d := p.run("wait", "--tag", "v1.0.0", "--registry", string(ci.registry), "-o", "json").ends(0).document()
			Expect(d.pkg("demo").is("Served")).To(Equal("True Served"))
			Expect(ci.sent("PUT")).To(BeEmpty())
			Expect(ci.sent("POST")).To(BeEmpty())
		})

		It("gives up at its deadline, with an exit code of its own", func() {
			p := newDemo()
			p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
			ci := newPipeline(p)
			p = p.with("FACETS_CLOCK", newClock().address(0)) // a busy machine may take a second to look once
			waiting := p.start(simulated, "wait", "--tag", "v1.1.0", "--registry", string(ci.registry), "--timeout", "1m")
			Expect(finish(waiting).ends(4).lines("waiting")).NotTo(BeEmpty())
		})

		It("sees a release come that somebody else makes", func() {
			ci := newReadyPipeline()
			waiting := ci.start(binary, "wait", "--tag", "v1.0.0", "--registry", string(ci.registry), "--timeout", "2m")
			Eventually(func() string { return string(waiting.Err.Contents()) }, soon).Should(ContainSubstring("waiting "))
			ci.job("v1.0.0", nil).run("apply").ends(0)
			finish(waiting).ends(0)
		})
	})
})
