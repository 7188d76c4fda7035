package e2e_test

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// acceptance writes the entries into the state file, in the place of those that are there.
func (p *place) acceptance(entries ...string) {
	GinkgoHelper()
	text := p.read(stateFile)
	before, rest, ok := strings.Cut(text, "  accept:\n")
	if ok {
		_, rest, _ = strings.Cut(rest, "  groups:\n")
		text = before + "  groups:\n" + rest
	}
	p.write(stateFile, text)
	if len(entries) > 0 {
		p.edit(stateFile, "  groups:\n", "  accept:\n    - "+strings.Join(entries, "\n    - ")+"\n  groups:\n")
	}
}

// kinds are the types of the findings that count.
func (d document) kinds() []string {
	kinds := []string{}
	for _, f := range d.Findings {
		kinds = append(kinds, f.Type)
	}
	return kinds
}

// acceptedKinds are the types of those that do not.
func (d document) acceptedKinds() []string {
	kinds := []string{}
	for _, a := range d.Accepted {
		kinds = append(kinds, a.Type)
	}
	return kinds
}

var _ = Describe("what the state file accepts", func() {
	// Everything here is past mending, or meant: what could be mended is.
	Describe("of a world with findings that stay", Ordered, func() {
		var p *pipeline
		tomorrow, yesterday := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly), time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
		all := func(until string) []string {
			return []string{
				"{finding: Torn, package: demo, version: 1.0.0, reason: unpublished by its author, until: " + until + "}",
				`{finding: Deprecated, package: "@demo/cli-*", version: 1.1.0, reason: the machine is no more}`,
				"{finding: TagWithoutRelease, package: demo, version: 1.0.5, reason: pushed by mistake}",
				`{finding: PinWithoutTag, package: "@demo/adapter", reason: "released before tags were pushed"}`,
				`{finding: Undeclared, package: "@demo/new", reason: not for anybody yet}`,
				`{finding: Unproven, package: "@demo/fresh", reason: its first release comes on Monday, until: ` + tomorrow + `}`,
			}
		}

		BeforeAll(func() {
			demo := released()
			demo.declare("@demo/fresh")
			demo.seedAndTrust("--package", "@demo/fresh")
			demo.write("packages/new/package.json", `{"name": "@demo/new", "version": "1.0.0"}`)
			p = newPipelineWith(demo, func(o *sandbox.Options) { o.ShowTrustCreated = true })
			p.build("1.0.1")
			p.job("@demo/adapter@1.0.1", nil).run("apply").ends(0)
			p.edit(stateFile, "          artifact: packages/adapter\n", "          artifact: packages/adapter\n          version: 1.0.1\n")
			Expect(p.world.Remove("@demo/cli-linux-x64", "1.0.0")).To(Succeed())
			Expect(p.world.Deprecate("@demo/cli-linux-arm64", "1.1.0", "do not use")).To(Succeed())
			Expect(p.world.Tag("v1.0.5")).To(Succeed())
		})

		It("is drift without it", func() {
			d := p.human().run("drift", "-o", "json").ends(2).document()
			Expect(d.kinds()).To(ConsistOf("Torn", "Deprecated", "TagWithoutRelease", "PinWithoutTag", "Undeclared", "Unproven"))
			for _, action := range []string{"seed", "trust", "publish", "tag"} {
				Expect(d.changed(action)).To(BeEmpty(), "nothing is left that could be mended")
			}
			Expect(d.Accepted).To(BeEmpty())
		})

		It("lists all of them as accepted, in every report, and ends with 0", func() {
			p.acceptance(all(tomorrow)...)
			o := p.keeper().run("drift", "--github-issue", "-o", "json", "--report", "junit=out/a.xml", "--report", "markdown=out/a.md",
				"--report", "html=out/a.html", "--report", "json=out/a.json").ends(0)
			d := o.document()
			Expect(d.Findings).To(BeEmpty())
			Expect(d.Summary.Converged).To(BeTrue())
			Expect(d.Accepted).To(HaveLen(6))
			Expect(d.Accepted).To(ContainElement(And(HaveField("Type", "Torn"), HaveField("Package", "demo"), HaveField("Version", "1.0.0"),
				HaveField("Reason", "unpublished by its author"), HaveField("Until", tomorrow),
				HaveField("Message", ContainSubstring("@demo/cli-linux-x64@1.0.0")))))
			Expect(p.told()).To(BeEmpty(), "no issue is opened")

			table := p.human().run("drift").ends(0).out
			Expect(table).To(MatchRegexp(`(?s)Accepted by the state file, and not counted:\n  Torn: demo@1\.0\.0 .*` +
				`accepted until ` + tomorrow + `: unpublished by its author.*\nNo drift: .*accepts \(6 findings\)\.\n$`))
			Expect(p.human().run("drift", "-o", "yaml").ends(0).out).To(ContainSubstring("reason: unpublished by its author"))
			for _, file := range []string{"a.md", "a.html", "a.json"} {
				for _, word := range []string{"unpublished by its author", "pushed by mistake", "Monday", "Accepted"} {
					if file == "a.json" {
						word = strings.ReplaceAll(word, "Accepted", "accepted")
					}
					Expect(p.read("out/"+file)).To(ContainSubstring(word), file)
				}
			}
			Expect(p.read("out/a.md")).To(MatchRegexp(`(?s)<details>\n<summary>Accepted by .*</details>\n$`), "folded, and last")
			var tests struct {
				Suites []struct {
					Name    string `xml:"name,attr"`
					Skipped int    `xml:"skipped,attr"`
					Cases   []struct {
						Skipped *struct {
							Message string `xml:"message,attr"`
						} `xml:"skipped"`
					} `xml:"testcase"`
				} `xml:"testsuite"`
			}
			Expect(xml.Unmarshal([]byte(p.read("out/a.xml")), &tests)).To(Succeed())
			last := tests.Suites[len(tests.Suites)-1]
			Expect(last.Name).To(Equal("accepted"))
			Expect(last.Skipped).To(Equal(6))
			Expect(last.Cases[0].Skipped.Message).To(ContainSubstring("accepted until " + tomorrow + ": unpublished by its author"))
		})

		It("is so for plan too, where it is looked for", func() {
			p.acceptance(all(tomorrow)...)
			d := p.human().run("plan", "-o", "json", "--detailed-exitcode").ends(0).document()
			Expect(d.acceptedKinds()).To(ConsistOf("PinWithoutTag", "Undeclared", "Unproven"))
			Expect(d.Findings).To(BeEmpty(), "what a plan does not look for is not found to be unused either")
		})

		It("counts again when its day is over, and says so", func() {
			p.acceptance(all(yesterday)...)
			o := p.keeper().run("drift", "--github-issue").ends(2)
			Expect(o.out).To(MatchRegexp(`error Torn: demo@1\.0\.0 .*its acceptance, spec\.accept\[0\], expired on ` + yesterday))
			Expect(o.out).To(ContainSubstring("Drift: 1 in error."))
			Expect(o.err).To(ContainSubstring("issue opened"))
			p.acceptance(all(tomorrow)...)
			Expect(p.keeper().run("drift", "--github-issue").ends(0).err).To(ContainSubstring("issue closed"))
		})

		It("tells of an entry of which nothing is found any more, where it was looked for", func() {
			Expect(p.world.Deprecate("@demo/cli-linux-arm64", "1.1.0", "")).To(Succeed())
			p.acceptance(append(all(tomorrow), "{finding: Torn, package: demo, version: 0.9.0, reason: there is no such version}")...)
			o := p.human().run("drift", "-o", "json").ends(2)
			d := o.document()
			Expect(d.kinds()).To(ConsistOf("AcceptedNothing", "AcceptedNothing"))
			Expect(d.Findings).To(ContainElement(And(HaveField("Package", "@demo/cli-*"), HaveField("Version", "1.1.0"),
				HaveField("Message", ContainSubstring("spec.accept[1] accepts Deprecated of @demo/cli-*@1.1.0")))))
			Expect(p.human().run("plan", "-o", "json").ends(0).document().kinds()).To(BeEmpty())

			By("not by who is shown less, or looks less far")
			p.acceptance(all(tomorrow)...)
			p.remove("../home/.npmrc")
			Expect(p.outside().run("drift", "-o", "json").ends(2).document().kinds()).To(ConsistOf("AcceptedNothing"), "Unproven is a human's to see")
			Expect(p.human().run("drift", "--last", "0", "-o", "json").ends(2).document().kinds()).To(ConsistOf("AcceptedNothing"))
			p.remove("package.json")
			Expect(p.human().run("drift", "-o", "json").ends(2).document().kinds()).To(ConsistOf("AcceptedNothing"), "there is no workspace here")
		})
	})

	It("is never an error of the present release", func() {
		p := newPipeline(released())
		Expect(p.world.Remove("@demo/cli-linux-x64", "1.1.0")).To(Succeed())
		p.acceptance("{finding: Torn, package: demo, reason: it is late}")
		before := len(p.sent(http.MethodPut))
		d := p.human().run("drift", "-o", "json").ends(1).document() // 1, as a number is burnt, too
		Expect(d.Accepted).To(BeEmpty())
		Expect(d.Findings).To(ContainElement(And(HaveField("Type", "Torn"), HaveField("Version", "1.1.0"),
			HaveField("Message", ContainSubstring("spec.accept[0] does not apply: errors of the present release are never accepted")))))
		Expect(p.sent(http.MethodPut)).To(HaveLen(before))
	})

	It("is never what could not be read", func() {
		p := newPipelineBehind(released(), func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/-/package/@demo/core/") || strings.HasPrefix(r.URL.Path, "/@demo/core") {
					http.Error(rw, "out of order", http.StatusServiceUnavailable)
					return
				}
				next.ServeHTTP(rw, r)
			})
		})
		p.acceptance(`{finding: Unreadable, package: "@demo/core", reason: it is always so}`,
			"{finding: Torn, package: demo, version: 0.9.0, reason: there is no such version}")
		d := p.human().run("drift", "-o", "json").ends(1).document()
		Expect(d.kinds()).NotTo(ContainElement("AcceptedNothing"), "not all was looked at")
		Expect(d.Findings).To(ContainElement(And(HaveField("Type", "Unreadable"),
			HaveField("Message", ContainSubstring("spec.accept[0] does not apply")))))
	})
})
