package e2e_test

import (
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("reports for the pages of GitHub and GitLab", func() {
	It("append to the summary of a step, and replace any other file", func() {
		p := newDemo()
		p.write("summary", "what another step says")
		p.write("other.md", "of before")
		job := p.with("GITHUB_ACTIONS", "true", "GITHUB_STEP_SUMMARY", p.path("summary"))
		job.run("plan", "--sandbox", "--report", "github=summary", "--report", "github=other.md").ends(0)
		Expect(p.read("summary")).To(HavePrefix("what another step says\n## ○ "))
		Expect(p.read("summary")).To(ContainSubstring("| demo | "))
		Expect(p.read("other.md")).To(HavePrefix("## ○ "))

		p.write("summary", strings.Repeat("x", 1<<20))
		full := job.run("plan", "--sandbox", "--report", "github=summary").ends(1)
		Expect(full.err).To(ContainSubstring("GitHub takes 1024 KiB of a step, which are there already"))
		Expect(p.read("summary")).To(HaveLen(1 << 20))
	})

	It("point to the lines of the state file", func() {
		p := newDemo()
		p.write(".git/HEAD", "ref: refs/heads/main\n")
		lines := strings.Split(p.read(stateFile), "\n")
		at := func(text string) int {
			for i, line := range lines {
				if strings.Contains(line, text) {
					return i + 1
				}
			}
			return 0
		}
		o := p.run("plan", "--sandbox", "--annotations", "--report", "gitlab=out/quality.json", "-o", "json").ends(0)
		Expect(o.document().Kind).To(Equal("Plan"), "stdout is the result's")
		Expect(o.err).To(MatchRegexp(`(?m)^::notice file=%s,line=%d,col=\d+,title=.*::`, stateFile, at("package: demo")))

		var found []struct {
			Description, Fingerprint, Severity string
			CheckName                          string `json:"check_name"`
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		Expect(json.Unmarshal([]byte(p.read("out/quality.json")), &found)).To(Succeed())
		Expect(found).To(ContainElement(And(HaveField("CheckName", "seed"), HaveField("Severity", "info"),
			HaveField("Location.Path", stateFile), HaveField("Location.Lines.Begin", at("@demo/core")))))
		Expect(p.run("validate", "--annotations").ends(0).err).To(BeEmpty())

		p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		o = p.run("plan", "--sandbox", "--annotations", "--report", "gitlab=out/quality.json").ends(0)
		Expect(o.err).NotTo(ContainSubstring("::"))
		Expect(p.read("out/quality.json")).To(MatchJSON(`[]`), "which tells GitLab that all is mended")

		p.edit(stateFile, "kind: DesiredState\n", "kind: DesiredState\nkinds: 50%, \"more\"\n")
		for _, command := range []string{"validate", "plan"} {
			wrong := p.run(command, "--annotations").ends(1)
			Expect(wrong.err).To(MatchRegexp(`(?m)^::error file=%s,line=\d+,col=1,title=the state file is wrong::kinds: `, stateFile))
			Expect(wrong.err).To(ContainSubstring("facets-reconcile: "+stateFile+": "), "and in words")
		}
	})
})
