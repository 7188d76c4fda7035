package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
)

// Each of these must be found out before the first version of the release is sent.
var _ = Describe("a release in CircleCI", func() {
	const platform = "@demo/cli-linux-x64"

	// refuses runs apply, which must publish nothing.
	refuses := func(p *pipeline, job *place, code int, said ...string) outcome {
		GinkgoHelper()
		o := job.run("apply").ends(code)
		Expect(p.sent(http.MethodPut)).To(BeEmpty(), "something was published")
		for _, text := range said {
			Expect(o.out + o.err).To(ContainSubstring(text))
		}
		Expect(p.registry.versions("demo")).NotTo(ContainElement("1.0.0"))
		return o
	}

	It("is made when nothing is wrong, by the trusted publisher, and once", func() {
		p := newReadyPipeline()
		o := p.job("v1.0.0", nil).run("apply", "--timeout", "1m").ends(0)
		Expect(o.lines("publish")).To(HaveLen(4))
		Expect(p.sent(http.MethodPut)).To(ConsistOf(
			"/demo", "/@demo%2fcli-darwin-arm64", "/@demo%2fcli-linux-arm64", "/@demo%2fcli-linux-x64"))
		entry, ok := p.registry.manifest("demo", "1.0.0")
		Expect(ok).To(BeTrue())
		Expect(entry.OptionalDependencies).To(Equal(map[string]string{
			"@demo/cli-darwin-arm64": "1.0.0", "@demo/cli-linux-arm64": "1.0.0", "@demo/cli-linux-x64": "1.0.0",
		}), "written by the program: the artifact has none")
		Expect(entry.NPMUser.TrustedPublisher).To(HaveKeyWithValue("id", "circleci"))

		p.job("v1.0.0", nil).run("apply").ends(0)
		Expect(p.sent(http.MethodPut)).To(HaveLen(4), "a second apply sent something")
		for _, path := range p.sent(http.MethodPost) {
			Expect(path).To(ContainSubstring("/oidc/token/exchange/"))
		}
	})

	It("stops when an artifact is missing", func() {
		p := newReadyPipeline()
		p.remove("dist/" + platform)
		refuses(p, p.job("v1.0.0", nil), 1, platform, "build it")
	})

	It("stops when an artifact has another version inside", func() {
		p := newReadyPipeline()
		p.buildPlatform(platform, platform, "0.9.0")
		refuses(p, p.job("v1.0.0", nil), 1, platform, "0.9.0", "1.0.0", "build it again")
	})

	It("stops when a platform has the executable of another", func() {
		p := newReadyPipeline()
		p.remove("dist/" + platform)
		p.standIn("dist/"+platform, standin.Package{
			Name: platform, Version: "1.0.0", Platform: demoPlatforms()["@demo/cli-darwin-arm64"], Binary: true,
		})
		p.edit("dist/"+platform+"/package.json", `"darwin"`, `"linux"`)
		p.edit("dist/"+platform+"/package.json", `"arm64"`, `"x64"`)
		refuses(p, p.job("v1.0.0", nil), 1, platform, "darwin", "put the right build there")
	})

	It("stops when a bit of a large .tgz is wrong, wherever that is", func() {
		p := newReadyPipeline()
		p.edit(stateFile, "artifact: dist/demo", "artifact: dist/demo-{version}.tgz")
		platforms := map[string]string{}
		for name := range demoPlatforms() {
			platforms[name] = "1.0.0"
		}
		Expect(standin.Write(p.path("dist/demo"), standin.Package{Name: "demo", Version: "1.0.0"}, platforms, "")).To(Succeed())
		source := rand.New(rand.NewPCG(uint64(GinkgoRandomSeed()), 0)) // which is printed
		var letters strings.Builder
		for letters.Len() < 10_000_000 {
			letters.WriteByte(byte(source.IntN(128)))
		}
		p.write("dist/demo/letters", letters.String())
		p.npm("pack", "./dist/demo", "--pack-destination", "dist")
		good := p.read("dist/demo-1.0.0.tgz")
		for range 5 {
			spoilt := []byte(good)
			at := 10 + source.IntN(len(spoilt)-19) // behind the header, which says nothing of the contents
			spoilt[at] ^= 1 << source.IntN(8)
			By(fmt.Sprintf("byte %d of %d is wrong", at, len(spoilt)))
			p.write("dist/demo-1.0.0.tgz", string(spoilt))
			refuses(p, p.job("v1.0.0", nil), 1, "the .tgz ", "demo-1.0.0.tgz", "copy it again, or make it again with npm pack")
		}
		p.write("dist/demo-1.0.0.tgz", good)
		p.job("v1.0.0", nil).run("apply", "--timeout", "1m").ends(0)
	})

	It("is judged by plan --artifacts as apply judges it", func() {
		p := newReadyPipeline()
		p.buildPlatform(platform, platform, "0.9.0")
		job := p.job("v1.0.0", nil)
		Expect(job.run("plan").ends(0).out).NotTo(ContainSubstring("0.9.0"), "artifacts are not needed to plan")
		Expect(job.run("plan", "--artifacts").ends(1).out).To(And(
			ContainSubstring("error ArtifactRefused: artifact dist/"+platform+" of "+platform+": it has version 0.9.0 where 1.0.0"),
			ContainSubstring("(check version)"), ContainSubstring("→ build it again")))
		for _, command := range []string{"plan --artifacts", "apply"} {
			arguments := append(strings.Fields(command), "-o", "json")
			Expect(job.run(arguments...).ends(1).document().Findings).To(ContainElement(SatisfyAll(
				HaveField("Type", "ArtifactRefused"), HaveField("Severity", "error"), HaveField("Package", platform),
				HaveField("Version", "1.0.0"), HaveField("Next", ContainSubstring("build it again")))), command)
		}
		p.remove("dist/@demo/cli-linux-arm64")
		Expect(job.run("plan", "--artifacts").ends(1).out).To(ContainSubstring("nothing at dist/@demo/cli-linux-arm64"))
		p.build("1.0.0")
		Expect(job.run("plan", "--artifacts").ends(0).out).NotTo(ContainSubstring("Artifact"))
	})

	It("reports all that is wrong at once", func() {
		p := newReadyPipeline()
		p.remove("dist/" + platform)
		p.buildPlatform("@demo/cli-linux-arm64", "@demo/cli-linux-arm64", "0.9.0")
		refuses(p, p.job("v1.0.0", nil), 1, platform, "@demo/cli-linux-arm64", "0.9.0")
	})

	It("stops when a name does not exist yet, and says how a human makes it", func() {
		p := newDemo()
		for _, name := range demoNames() {
			if name != platform {
				p.seedAndTrust("--package", name)
			}
		}
		p.build("1.0.0")
		ci := newPipeline(p)
		refuses(ci, ci.job("v1.0.0", nil), 3, platform, "npm login", "apply --only seed,trust")
	})

	It("stops when the exchange of the ID token is refused, and says how a human mends it", func() {
		p := newDemo()
		p.run("apply", "--sandbox", "--scan-delay", "0s", "--only", "seed").ends(0)
		for _, name := range demoNames() {
			if name != platform {
				p.seedAndTrust("--package", name)
			}
		}
		p.build("1.0.0")
		ci := newPipeline(p)
		o := refuses(ci, ci.job("v1.0.0", nil), 3, platform, "404", "package/"+platform+"/access",
			"Pipeline Definition ID", "0b5f0a0e-6c2f-4a1e-9d37-333333333333")
		Expect(o.out).To(ContainSubstring("npm login"))
	})

	It("sends nothing from another pipeline than the trusted one, and says which claim differs", func() {
		p := newReadyPipeline()
		other := "99999999-6c2f-4a1e-9d37-999999999999"
		o := refuses(p, p.job("v1.0.0", map[string]any{"oidc.circleci.com/pipeline-definition-id": other}), 3,
			"pipeline-definition-id", other)
		Expect(o.out).NotTo(ContainSubstring("apply --only seed,trust"), "the trusted publisher is fine")
	})

	It("does not fall back to a token in .npmrc", func() {
		p := newDemo()
		p.run("apply", "--sandbox", "--scan-delay", "0s", "--only", "seed").ends(0)
		p.build("1.0.0")
		ci := newPipeline(p)
		host := strings.TrimPrefix(string(ci.registry), "http:")
		p.write(".npmrc", host+"/:_authToken="+ci.world.Session().Reveal()+"\n")
		refuses(ci, ci.job("v1.0.0", nil), 3, platform)
	})
})
