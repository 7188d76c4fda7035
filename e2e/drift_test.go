package e2e_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// released is the demo project with everything at 1.0.0, and its command at 1.1.0 as well.
func released() *place {
	GinkgoHelper()
	p := newDemo()
	p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
	p.run("sandbox", "tag", "v1.1.0").ends(0)
	p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
	return p
}

// declare adds a library to the state file.
func (p *place) declare(name string) {
	GinkgoHelper()
	p.edit(stateFile, "          artifact: packages/core\n", "          artifact: packages/core\n        - package: \""+name+"\"\n")
}

// point moves a dist-tag as a human does.
func (p *pipeline) point(name, tag, version string) {
	GinkgoHelper()
	status, answer := p.registry.request(http.MethodPut, "/-/package/"+spec.Name(name).Escaped()+"/dist-tags/"+tag, `"`+version+`"`,
		"Authorization: Bearer "+p.world.Session().Reveal(), "npm-otp: "+p.world.OneTimePassword())
	Expect(status).To(Equal(http.StatusOK), answer)
}

// keeper is a human with a token for GitHub.
func (p *pipeline) keeper() *place { return p.human().with("GITHUB_TOKEN", "ghs_0123456789abcdef") }

// told are the requests that changed something on GitHub.
func (p *pipeline) told() []string {
	var told []string
	for _, r := range p.world.Requests() {
		if strings.HasPrefix(r.Path, "/github/") && r.Method != http.MethodGet {
			told = append(told, r.Method+" "+strings.TrimPrefix(r.Path, "/github/repos/example/demo/"))
		}
	}
	return told
}

var _ = Describe("the nightly check", func() {
	Describe("of a world with one of each finding", Ordered, func() {
		var (
			p *pipeline
			d document
		)

		found := func(finding, name, version string, said ...string) {
			GinkgoHelper()
			i := slices.IndexFunc(d.Findings, func(f struct{ Type, Severity, Package, Version, Message, Next string }) bool {
				return f.Type == finding && f.Package == name && f.Version == version
			})
			Expect(i).To(BeNumerically(">=", 0), "%s of %s@%s is not among %v", finding, name, version, d.Findings)
			for _, text := range said {
				Expect(d.Findings[i].Message + "\n" + d.Findings[i].Next).To(ContainSubstring(text))
			}
		}

		BeforeAll(func() {
			demo := released()
			demo.declare("@demo/fresh")
			demo.seedAndTrust("--package", "@demo/fresh")
			demo.declare("@demo/unseeded")
			demo.edit(stateFile, "          artifact: packages/adapter\n", "          artifact: packages/adapter\n          version: 2.0.0\n")
			demo.write("packages/new/package.json", `{"name": "@demo/new", "version": "1.0.0"}`)
			p = newPipelineWith(demo, func(o *sandbox.Options) { o.ShowTrustCreated = true })

			Expect(p.world.Remove("@demo/cli-linux-x64", "1.0.0")).To(Succeed())
			Expect(p.world.Deprecate("@demo/cli-linux-arm64", "1.1.0", "do not use")).To(Succeed())
			for _, tag := range []string{"@demo/core@1.1.0", "v1.0.5"} {
				Expect(p.world.Tag(tag)).To(Succeed())
			}
			p.point("@demo/core", "latest", "0.0.1")
			p.point("@demo/cli-darwin-arm64", "latest", "1.0.0")
			wrong := p.trusted("demo")[0]
			p.distrust("demo")
			wrong.Claims[circleci.ClaimOrganization] = "0b5f0a0e-6c2f-4a1e-9d37-999999999999"
			p.trust("demo", spec.TrustedPublisher{Type: wrong.Type, Claims: wrong.Claims, Permissions: wrong.Permissions})
			d = p.human().run("drift", "-o", "json",
				"--report", "json=out/drift.json", "--report", "junit=out/drift.xml", "--report", "markdown=out/drift.md",
				"--report", "html=out/drift.html").ends(2).document()
		})

		It("lists all of them, and ends with 2", func() {
			Expect(d.Kind).To(Equal("Drift"))
			Expect(d.Summary.Converged).To(BeFalse())
			Expect(p.sent(http.MethodPut)).To(HaveLen(2), "what made this world; the check changes nothing")

			found("Torn", "demo", "1.0.0", "@demo/cli-linux-x64@1.0.0", "npm deprecate demo@1.0.0")
			found("Deprecated", "@demo/cli-linux-arm64", "1.1.0", "do not use", "demo@1.1.0 (latest)")
			found("PlaceholderLatest", "@demo/core", "0.0.1", "npm dist-tag add @demo/core@1.0.0 latest")
			found("TagWithoutRelease", "@demo/core", "1.1.0", "https://circleci.com/api/v2/project/gh/example/demo/pipeline/run",
				`"definition_id":"0b5f0a0e-6c2f-4a1e-9d37-333333333333"`, `"checkout":{"tag":"@demo/core@1.1.0"}`, "Circle-Token: $CIRCLE_TOKEN")
			found("TagWithoutRelease", "demo", "1.0.5", "latest points at 1.1.0 already", "--dist-tag NAME")
			found("PinWithoutTag", "@demo/adapter", "2.0.0")
			found("Undeclared", "@demo/new", "")
			found("Unproven", "@demo/fresh", "", "in 47 hours")
			Expect(d.Findings).To(HaveLen(8))
			Expect(d.Findings[0].Type).To(Equal("Torn"), "the loudest")

			Expect(d.changed("seed")).To(ConsistOf("@demo/unseeded"))
			Expect(d.changed("trust")).To(ConsistOf("demo", "@demo/unseeded"))
			Expect(d.pkg("demo").is("Trusted")).To(Equal("False ClaimsDiffer"))
			Expect(d.changed("tag")).To(ConsistOf("@demo/cli-darwin-arm64"))
			Expect(d.changed("publish")).To(ConsistOf("@demo/adapter", "@demo/core"))
		})

		It("is no other for plan --detailed-exitcode", func() {
			p.human().run("plan", "--detailed-exitcode").ends(2)
			p.human().run("plan", "--detailed-exitcode", "--package", "@demo/fresh").ends(3) // what is not asked for does not count
		})

		It("says it in words, and in every report", func() {
			o := p.human().run("drift").ends(2)
			Expect(o.out).To(And(ContainSubstring("error Torn: demo@1.0.0 is served"), ContainSubstring("5 to look into"),
				MatchRegexp(`(?m)^Drift: 2 in error, `)))
			for _, file := range []string{"drift.json", "drift.xml", "drift.md", "drift.html"} {
				text := p.read("out/" + file)
				for _, word := range []string{"Torn", "TagWithoutRelease", "PlaceholderLatest", "Deprecated"} {
					Expect(text).To(ContainSubstring(word), file)
				}
			}
			var report document
			Expect(json.Unmarshal([]byte(p.read("out/drift.json")), &report)).To(Succeed())
			Expect(report).To(Equal(d))
		})

		It("is not narrowed by the tag of its job, and says so", func() {
			o := p.human().with("CIRCLE_TAG", "v1.1.0").run("drift", "-o", "json").ends(2)
			Expect(o.err).To(ContainSubstring("CIRCLE_TAG is v1.1.0, which narrows nothing here"))
			Expect(o.document().Findings).To(Equal(d.Findings))
		})

		It("looks as far back as it is told", func() {
			less := p.human().run("drift", "--last", "0", "-o", "json").ends(2).document()
			Expect(less.Findings).To(HaveLen(6))
			for _, f := range less.Findings {
				Expect(f.Version).NotTo(BeElementOf("1.0.0", "1.0.5"))
			}
		})

		It("keeps one issue: opened, edited when findings change, closed when there are none, opened again", func() {
			o := p.keeper().run("drift", "--github-issue").ends(2)
			Expect(o.err).To(MatchRegexp(`issue opened: http://\S+/issues/1\n`))
			issues := func() []sandbox.Issue {
				GinkgoHelper()
				all, err := p.world.Issues()
				Expect(err).NotTo(HaveOccurred())
				Expect(all).To(HaveLen(1), "never a second one")
				return all
			}
			opened := issues()[0]
			Expect(opened.Labels).To(ConsistOf("npm-drift"))
			Expect(opened.Title).To(Equal("npm: drift of demo"))
			Expect(opened.Body).To(And(HavePrefix("<!-- facets-reconcile drift: demo -->"), ContainSubstring("**Torn**")))
			text, _, _ := strings.Cut(opened.Body, "```") // in a block of code nobody is mentioned
			Expect(text).NotTo(MatchRegexp("@[a-z]"), "a mention")

			Expect(p.keeper().run("drift", "--github-issue").ends(2).err).To(ContainSubstring("issue kept: "))
			Expect(p.told()).To(Equal([]string{"POST issues"}))

			Expect(p.world.Deprecate("@demo/cli-linux-arm64", "1.1.0", "")).To(Succeed())
			Expect(p.keeper().run("drift", "--github-issue").ends(2).err).To(ContainSubstring("issue edited: "))
			Expect(issues()[0].Body).NotTo(ContainSubstring("**Deprecated**"))
			Expect(p.told()).To(Equal([]string{"POST issues", "PATCH issues/1"}))
		})
	})

	Describe("of a world that is as it should be", Ordered, func() {
		var p *pipeline

		BeforeAll(func() { p = newPipeline(released()) })

		It("ends with 0, whoever asks", func() {
			for _, place := range []*place{p.human(), p.outside(), p.job("v1.0.0", nil)} {
				o := place.run("drift").ends(0)
				Expect(o.out).To(ContainSubstring("No drift: everything is as it should be."))
			}
			d := p.human().run("drift", "-o", "json").ends(0).document()
			Expect(d.Summary).To(Equal(summary{Converged: true}))
			Expect(d.Findings).To(BeEmpty())
		})

		It("makes no issue, closes the one that is there, and opens it again", func() {
			Expect(p.keeper().run("drift", "--github-issue").ends(0).err).NotTo(ContainSubstring("issue"))
			Expect(p.told()).To(BeEmpty())

			Expect(p.world.Deprecate("demo", "1.1.0", "wait")).To(Succeed())
			p.keeper().run("drift", "--github-issue").ends(2)
			Expect(p.world.Deprecate("demo", "1.1.0", "")).To(Succeed())
			Expect(p.keeper().run("drift", "--github-issue").ends(0).err).To(ContainSubstring("issue closed: "))
			Expect(p.keeper().run("drift", "--github-issue").ends(0).err).To(ContainSubstring("issue kept: "))
			all, err := p.world.Issues()
			Expect(err).NotTo(HaveOccurred())
			Expect(all).To(ConsistOf(And(HaveField("State", "closed"), HaveField("Body", ContainSubstring("No drift")))))

			Expect(p.world.Deprecate("demo", "1.1.0", "wait")).To(Succeed())
			Expect(p.keeper().run("drift", "--github-issue").ends(2).err).To(ContainSubstring("issue reopened: "))
			Expect(p.world.Deprecate("demo", "1.1.0", "")).To(Succeed())
			Expect(p.told()).To(Equal([]string{"POST issues", "PATCH issues/1", "PATCH issues/1"}))
		})

		It("ends with 3 where only a human can help", func() {
			p.declare("@demo/unseeded")
			o := p.human().run("drift").ends(3)
			Expect(o.out).To(And(ContainSubstring("Drift: 1 to seed, 1 to trust; 2 of these need a human."), ContainSubstring("npm login")))
		})

	})

	It("keeps an issue in a rehearsal too, without any token, and without a pipeline to start", func() {
		p := released()
		p.declare("@demo/unseeded")
		Expect(p.run("drift", "--sandbox", "--github-issue").ends(3).err).To(ContainSubstring("issue opened: "))
		p.run("sandbox", "tag", "v1.2.0").ends(0)
		o := p.run("drift", "--sandbox", "--github-issue").ends(2)
		Expect(o.err).To(ContainSubstring("issue edited: "))
		Expect(o.out).To(And(ContainSubstring("TagWithoutRelease"), ContainSubstring("apply --sandbox"), Not(ContainSubstring("curl"))))
	})

	It("ends with 1 where something could not be read, and leaves the issue as it is", func() {
		p := newPipelineBehind(released(), func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/demo" && strings.Contains(r.Header.Get("Accept"), "install-v1") {
					http.Error(rw, "out of order", http.StatusServiceUnavailable)
					return
				}
				next.ServeHTTP(rw, r)
			})
		})
		o := p.keeper().run("drift", "--github-issue").ends(1)
		Expect(o.out).To(And(ContainSubstring("error Unreadable: what is public of demo could not be read"), ContainSubstring("503")))
		Expect(o.err).To(ContainSubstring("the issue is left as it is"))
		Expect(p.told()).To(BeEmpty())
	})

	DescribeTable("refuses what it cannot do, before it asks anybody",
		func(change func(*place), said string, flags ...string) {
			p := newPipeline(newDemo())
			change(p.place)
			o := p.outside().run(append([]string{"drift"}, flags...)...).ends(1)
			Expect(o.err).To(ContainSubstring(said))
			Expect(p.sent(http.MethodGet)).NotTo(ContainElement(ContainSubstring("dist-tags")))
		},
		Entry("with a tag", unchanged, "leave --tag out", "--tag", "v1.0.0"),
		Entry("for a group", unchanged, "leave --group and --package out", "--group", "cli"),
		Entry("with a negative number", unchanged, "--last -1", "--last=-1"),
		Entry("with an issue, and no token", unchanged, "set GITHUB_TOKEN", "--github-issue"),
	)

	It("needs a repository for an issue", func() {
		p := newPipeline(newDemo())
		p.edit(stateFile, "  source:\n    github: example/demo\n", "")
		Expect(p.keeper().run("drift", "--github-issue").ends(1).err).To(ContainSubstring("spec.source.github"))
		Expect(p.told()).To(BeEmpty())
	})
})

func unchanged(*place) {}
