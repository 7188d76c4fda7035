package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

const toolPlatforms = `      platforms:
        package: "@demo/tool"
        version: "{version}-{target}"
        alias: "@demo/tool-{target}"
        distTag: "{target}"
        artifact: dist/{target}
`

// newOneName is a place whose platforms are versions of the entry's package, and nothing built.
func newOneName() *place {
	GinkgoHelper()
	p := newPlace()
	p.copy("testdata/demo/desired-state.yaml", stateFile)
	text := p.read(stateFile)
	before, rest, _ := strings.Cut(text, "      entry:\n")
	_, targets, _ := strings.Cut(rest, "        targets:\n")
	targets, _, _ = strings.Cut(targets, "    - name: libraries\n")
	p.write(stateFile, before+"      entry:\n        package: \"@demo/tool\"\n        artifact: dist/tool\n"+toolPlatforms+
		"        targets:\n"+targets)
	return p
}

func toolTargets() []string { return []string{"darwin-arm64", "linux-arm64", "linux-x64"} }

// buildTool leaves the artifacts of a release: each platform's with its own version of the one name.
func (p *place) buildTool(version string) {
	GinkgoHelper()
	for _, target := range toolTargets() {
		p.standIn("dist/"+target, standin.Package{
			Name: "@demo/tool", Version: spec.Version(version + "-" + target), Platform: demoPlatforms()["@demo/cli-"+target], Binary: true,
		})
	}
	p.standIn("dist/tool", standin.Package{Name: "@demo/tool", Version: spec.Version(version)})
}

// toolVersions are what npm has of a release.
func toolVersions(version string) []string {
	all := []string{"@demo/tool@" + version}
	for _, target := range toolTargets() {
		all = append(all, "@demo/tool@"+version+"-"+target)
	}
	return all
}

// oneAtATime counts the uploads to one package of npm that were under way at once.
type oneAtATime struct{ now, most atomic.Int64 }

func (o *oneAtATime) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && !strings.Contains(r.URL.Path, "/-/") {
			n := o.now.Add(1)
			defer o.now.Add(-1)
			if n > o.most.Load() {
				o.most.Store(n)
			}
		}
		next.ServeHTTP(rw, r)
	})
}

var _ = Describe("platforms that are versions of the entry's package", Ordered, func() {
	var (
		p        *pipeline
		uploads  oneAtATime
		asked    outcome             // a pipeline, before a human has done anything
		atFirst  []string            // what npm had then
		releases map[string]document // by version
	)
	const (
		name  = "@demo/tool"
		linux = "@demo/tool-linux-x64"
	)

	BeforeAll(func() {
		p = newPipelineWith(newOneName(), func(o *sandbox.Options) { o.Middleware = uploads.wrap })
		asked = p.job("", nil).run("apply", "--only", "seed,trust").ends(3)
		p.human().run("apply", "--only", "seed,trust", p.otp()).ends(0)
		atFirst = p.registry.versions(name)
		releases = map[string]document{}
		for _, version := range []string{"1.0.0", "1.1.0", "2.0.0-rc.2", "2.0.0-rc.10"} { // by the text of the platforms' versions, 10 is below 2
			p.buildTool(version)
			releases[version] = p.job("v"+version, nil).run("apply", "-o", "json").ends(0).document()
		}
	})

	It("are seeded and trusted once, with their entry", func() {
		Expect(strings.Count(asked.out, "/@demo/tool/access")).To(Equal(1), asked.out)
		Expect(p.sent(http.MethodPost)).To(ContainElement("/-/package/@demo%2ftool/trust"))
		Expect(atFirst).To(ConsistOf("0.0.1"))
	})

	It("are published under dist-tags of their own, prereleases under others, one after the other, and the entry last", func() {
		for version, d := range releases {
			Expect(d.Summary).To(Equal(summary{Converged: true}), version)
			Expect(d.PublishedNow).To(ConsistOf(toolVersions(version)))
		}
		Expect(uploads.most.Load()).To(Equal(int64(1)))
		tags := map[string]string{"latest": "1.1.0", "next": "2.0.0-rc.10", "placeholder": "0.0.1"}
		d := p.job("", nil).run("drift", "-o", "json").ends(0).document()
		Expect(d.pkg(name).DistTags).To(Equal(tags))
		for _, target := range toolTargets() {
			tags[target], tags["next-"+target] = "1.1.0-"+target, "2.0.0-rc.10-"+target
		}
		Expect(p.registry.distTags(name)).To(Equal(tags))
		m, _ := p.registry.manifest(name, "1.0.0")
		Expect(m.OptionalDependencies).To(HaveKeyWithValue(linux, "npm:@demo/tool@1.0.0-linux-x64"))
		Expect(m.OptionalDependencies).To(HaveLen(3))
	})

	It("are read from the registry into a state file of which nothing is to be done", func() {
		fresh := newPlace().with("npm_config_registry", string(p.registry)+"/", "GITHUB_API_URL", string(p.registry)+"/github")
		fresh.run("init", "--from", name).ends(0)
		Expect(fresh.read(stateFile)).To(ContainSubstring(`version: "{version}-{target}"`))
		d := fresh.run("plan", "--tag", "v1.1.0", "--detailed-exitcode", "-o", "json").ends(0).document()
		Expect(d.Summary).To(Equal(summary{Converged: true}))
		Expect(d.Findings).To(BeEmpty())
		Expect(d.pkg(name).is("Complete")).To(Equal("True Complete"))
	})

	It("are told apart in a comparison, each with its own version before", func() {
		o := p.outside().run("diff", "v1.1.0", "-o", "json").ends(0)
		for _, of := range []string{name, linux} {
			Expect(o.comparison().pkg(of).From.Version).To(HavePrefix("1.0.0"), of)
			Expect(o.comparison().pkg(of).To.Version).To(HavePrefix("1.1.0"), of)
		}
	})

	It("go back with their entry, and are deprecated with it", func() {
		p.pin("version: 1.0.0", "rollback: true", "withdrawn: [{version: 1.1.0, message: use 1.0.0}]")
		p.human().run("apply", "--only", "tag,deprecate", p.otp()).ends(0)
		Expect(p.registry.distTags(name)).To(And(HaveKeyWithValue("latest", "1.0.0"), HaveKeyWithValue("linux-x64", "1.0.0-linux-x64")))
		for _, version := range []string{"1.1.0", "1.1.0-linux-x64"} {
			_, body := p.registry.request(http.MethodGet, "/@demo%2ftool/"+version, "")
			Expect(body).To(ContainSubstring(`"deprecated":"use 1.0.0"`), version)
		}
		p.pin()
	})

	It("have the settings of their package, which are set once, and the warnings of their releases", func() {
		p.edit(stateFile, "        artifact: dist/tool\n", "        artifact: dist/tool\n"+
			"        settings: {tokens: forbidden, deprecated: [{versions: <1.1.0, message: use 1.1}]}\n")
		d := p.human().run("apply", "--only", "settings,deprecate", "--tag", "v1.0.0", p.otp(), "-o", "json").ends(0).document()
		Expect(d.changed("settings")).To(HaveLen(1))
		Expect(p.world.Tokens(name)).To(Equal(spec.TokensForbidden))
		for version, warns := range map[string]bool{"1.0.0": true, "1.0.0-linux-x64": true, "1.1.0": false, "1.1.0-linux-x64": false} {
			m := map[string]any{}
			_, body := p.registry.request(http.MethodGet, "/@demo%2ftool/"+version, "")
			Expect(json.Unmarshal([]byte(body), &m)).To(Succeed())
			Expect(m["deprecated"] == "use 1.1").To(Equal(warns), "%s: %v", version, m["deprecated"])
		}
		p.job("", nil).run("drift").ends(0)
	})

	It("make a release Torn when one is missing, and only then", func() {
		p.buildTool("3.0.0")
		p.job("v3.0.0", nil).run("apply").ends(0)
		Expect(p.world.Remove("@demo/tool", "3.0.0-linux-arm64")).To(Succeed())
		d := p.job("v3.0.0", nil).run("plan", "--detailed-exitcode", "-o", "json").ends(1).document()
		Expect(d.found("Torn", name)).To(And(ContainSubstring("@demo/tool@3.0.0-linux-arm64"), Not(ContainSubstring("linux-x64"))))
		Expect(d.found("Burnt", "@demo/tool-linux-arm64")).To(ContainSubstring("release 3.0.1"))
	})
})

var _ = Describe("platforms of one package that a token publishes", func() {
	It("come behind a placeholder, as npm points latest at the first version of a name", func() {
		p := newPipeline(newOneName())
		before, rest, _ := strings.Cut(p.read(stateFile), "  trustedPublisher:\n")
		_, rest, _ = strings.Cut(rest, "  groups:\n")
		p.write(stateFile, before+"  groups:\n"+rest)
		p.buildTool("1.0.0")
		d := p.human().run("apply", "--tag", "v1.0.0", "--auth", "token", "-o", "json", p.otp()).ends(0).document()
		Expect(d.PublishedNow).To(ConsistOf(toolVersions("1.0.0")))
		Expect(p.registry.distTags("@demo/tool")).To(HaveKeyWithValue("latest", "1.0.0"))
		_, whole := p.registry.request(http.MethodGet, "/@demo%2ftool", "")
		Expect(whole).To(ContainSubstring(`"0.0.1"`))
	})
})
