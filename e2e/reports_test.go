package e2e_test

import (
	"encoding/json"
	"encoding/xml"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// reporting is a command that is asked for a report of every kind, each in a folder that is not there yet.
func reporting(command ...string) []string {
	return append(command,
		"--report", "json=out/result.json", "--report", "junit=out/junit/facets.xml",
		"--report", "markdown=out/result.md", "--report", "html=out/result.html")
}

var _ = Describe("reports", func() {
	It("are written beside the result, whole and readable by all", func() {
		p := newDemo()
		o := p.run(reporting("apply", "--sandbox")...).ends(0)
		Expect(o.out).To(ContainSubstring("Converged"))

		var d document
		Expect(json.Unmarshal([]byte(p.read("out/result.json")), &d)).To(Succeed())
		Expect(d.Kind).To(Equal("Result"))
		Expect(d.Summary.Converged).To(BeTrue())
		Expect(p.read("out/result.md")).To(HavePrefix("## Converged"))
		Expect(p.read("out/result.html")).To(ContainSubstring("Converged</h1>"))
		var tests struct {
			Suites []struct {
				Tests    int `xml:"tests,attr"`
				Failures int `xml:"failures,attr"`
				Errors   int `xml:"errors,attr"`
			} `xml:"testsuite"`
		}
		Expect(xml.Unmarshal([]byte(p.read("out/junit/facets.xml")), &tests)).To(Succeed())
		Expect(tests.Suites).NotTo(BeEmpty())
		for _, suite := range tests.Suites {
			Expect(suite.Tests).To(BeNumerically(">", 0))
			Expect(suite.Failures + suite.Errors).To(BeZero())
		}
		Expect(contents(p.path("out"))).To(HaveLen(4), "a temporary file was left")
		info, err := os.Stat(p.path("out/result.html"))
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Perm() & 0o400).To(Equal(os.FileMode(0o400)))
	})

	It("of a plan and of waiting are written too, over those of before", func() {
		p := newDemo()
		p.write("out/result.md", "of before\n")
		p.run(reporting("plan", "--sandbox", "--detailed-exitcode")...).ends(2)
		Expect(p.read("out/result.md")).To(HavePrefix("## Plan: "))
		Expect(p.read("out/junit/facets.xml")).To(ContainSubstring("<failure "))

		o := p.run(reporting("wait", "--sandbox", "--timeout", "0s")...)
		Expect(o.code).NotTo(BeZero())
		Expect(p.read("out/result.md")).To(HavePrefix("## Result: "))
	})

	It("are written when a run is interrupted", func() {
		p := newDemo()
		session := p.start(binary, reporting("apply", "--sandbox", "--scan-delay", "1h")...)
		Eventually(func() string { return string(session.Err.Contents()) }, soon).Should(ContainSubstring("waiting "))
		session.Interrupt()
		finish(session).ends(1)
		var d document
		Expect(json.Unmarshal([]byte(p.read("out/result.json")), &d)).To(Succeed())
		Expect(d.ExitCode).To(Equal(1))
		Expect(d.Groups).NotTo(BeEmpty())
		Expect(p.read("out/result.html")).To(ContainSubstring("Ended before it was finished</h1>"))
	})

	It("that cannot be written are said to be so, and hide neither the result nor the others", func() {
		p := newDemo()
		p.write("file", "in the way of a folder\n")
		o := p.run("plan", "--sandbox", "--report", "junit=file/facets.xml", "--report", "json=plan.json").ends(1)
		Expect(o.out).To(ContainSubstring("to publish"))
		Expect(o.err).To(ContainSubstring("--report junit=file/facets.xml was not written: "))
		Expect(p.path("plan.json")).To(BeARegularFile())
	})

	DescribeTable("that make no sense are refused before anything is done",
		func(why string, reports ...string) {
			p := newDemo()
			Expect(os.Mkdir(p.path("folder"), 0o750)).To(Succeed())
			Expect(os.Symlink("elsewhere", p.path("link"))).To(Succeed())
			args := []string{"apply", "--sandbox"}
			for _, report := range reports {
				args = append(args, "--report", report)
			}
			Expect(p.run(args...).ends(1).err).To(ContainSubstring(why))
			Expect(p.path(".facets-sandbox")).NotTo(BeADirectory())
		},
		Entry("another kind", "choose json, junit, markdown, html, github or gitlab", "pdf=report.pdf"),
		Entry("no kind", "choose json, junit, markdown, html, github or gitlab", "report.html"),
		Entry("no path", "name the file to write: html=PATH", "html"),
		Entry("an empty path", "name the file to write: html=PATH", "html="),
		Entry("stdout", "chosen by -o", "json=-"),
		Entry("a folder", "no regular file", "json=folder"),
		Entry("a folder that is not there", "is a folder", "json=reports/"),
		Entry("a link, which would be replaced", "no regular file", "json=link"),
		Entry("a device", "no regular file", "json="+os.DevNull),
		Entry("one file for two", "named twice", "json=report", "html=./report"),
	)
})
