package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// secretName is the package that these specs keep restricted.
const secretName spec.Name = "@demo/core"

// newSecret is a project of one restricted library, whose world lets its account have such.
func newSecret() *pipeline {
	GinkgoHelper()
	p := newPlace()
	p.copy("testdata/restricted.yaml", stateFile)
	return newPipelineWith(p, func(o *sandbox.Options) { o.PrivatePackages = true })
}

// release builds a version and tags it.
func (p *pipeline) release(version string) (tag string) {
	GinkgoHelper()
	p.standIn("packages/core", standin.Package{Name: secretName, Version: spec.Version(version)})
	tag = secretName.String() + "@" + version
	Expect(p.world.Tag(tag)).To(Succeed())
	return tag
}

// said returns the accesses that the publishes of a package sent, by the registry's own record.
func (p *pipeline) said(name spec.Name) (said []string) {
	for _, r := range p.world.Requests() {
		if r.Method == http.MethodPut && r.Path == "/"+name.Escaped() && r.Status == http.StatusOK {
			said = append(said, r.Access)
		}
	}
	return said
}

// keptSecret fails where somebody who was not let in is shown the package.
func (p *pipeline) keptSecret(versions ...string) {
	GinkgoHelper()
	access, err := p.world.Access(secretName)
	Expect(err).NotTo(HaveOccurred())
	Expect(access).To(Equal(spec.AccessRestricted))
	addresses := []string{"/@demo%2fcore", "/-/package/@demo%2fcore/dist-tags", "/-/package/@demo%2fcore/visibility"}
	for _, version := range versions {
		addresses = append(addresses, "/@demo%2fcore/"+version, "/@demo/core/-/core-"+version+".tgz")
	}
	for _, address := range addresses {
		Expect(p.registry.status(address)).To(Equal(http.StatusNotFound), address)
		status, _ := p.registry.request(http.MethodGet, address, "", "Authorization: Bearer npm_ofSomebodyElse")
		Expect(status).To(Equal(http.StatusNotFound), address)
		status, _ = p.registry.request(http.MethodGet, address, "", "Authorization: Bearer "+p.world.Session().Reveal())
		Expect(status).To(Equal(http.StatusOK), address)
	}
}

// loggedOut takes the human's token away.
func (p *pipeline) loggedOut() *pipeline {
	GinkgoHelper()
	Expect(os.RemoveAll(filepath.Join(p.home, ".npmrc"))).To(Succeed())
	p.remove(".npmrc")
	return p
}

var _ = Describe("a restricted package", func() {
	It("is released ten times, by every credential and through every command, and is never shown to others", func() {
		p := newSecret()
		p.human().run("apply", "--only", "seed,trust", p.otp()).ends(0)
		p.keptSecret("0.0.1")

		var versions []string
		for i := range 10 {
			version := fmt.Sprintf("1.%d.0", i)
			tag := p.release(version)
			var flags []string
			p.loggedOut()
			run := func(args ...string) outcome { return p.job(tag, nil).run(args...) }
			switch i % 3 {
			case 1: // a session of npm login
				run = p.human().run
				flags = []string{"--auth", "token", p.otp()}
			case 2: // an automation's token, by a variable that .npmrc names
				p.write(".npmrc", strings.TrimPrefix(string(p.registry), "http:")+"/:_authToken=${NPM_TOKEN}\n")
				run = p.outside().with("NPM_TOKEN", p.world.Session().Reveal()).run
				flags = []string{"--auth", "token", p.otp()}
			}
			Expect(run("plan", "--tag", tag).ends(0).out).To(ContainSubstring("1 to publish"))
			o := run(append([]string{"apply", "--tag", tag, "-o", "json"}, flags...)...).ends(0)
			Expect(o.document().PublishedNow).To(ConsistOf(tag))
			Expect(o.document().Summary.Converged).To(BeTrue())
			Expect(run("wait", "--tag", tag).ends(0).out).To(ContainSubstring("Converged"))
			run("doctor").ends(0)
			stepDown := map[int]int{1: 2} // a token over a trusted publisher's is drift
			run("drift").ends(stepDown[i%3])
			versions = append(versions, version)
			p.keptSecret(versions...)
		}
		said := []string{"restricted"}
		for range versions {
			said = append(said, "null")
		}
		Expect(p.said(secretName)).To(Equal(said), "by the registry's own record")
	})

	It("is Unknown to who may not read it, whatever is asked, and is neither seeded nor published", func() {
		p := newSecret()
		p.human().run("apply", "--only", "seed,trust", p.otp()).ends(0)
		p.job(p.release("1.0.0"), nil).run("apply").ends(0)
		before := len(p.sent(http.MethodPut))
		tag := p.release("1.1.0")

		expired := func() *place {
			p.write(".npmrc", strings.TrimPrefix(string(p.registry), "http:")+"/:_authToken=npm_thatHasExpired\n")
			return p.outside()
		}
		for name, who := range map[string]func() *place{
			"nobody":             func() *place { return p.loggedOut().outside() },
			"an expired session": expired,
			"another pipeline": func() *place {
				return p.loggedOut().job(tag, map[string]any{circleci.ClaimPipelineDefinition: "0b5f0a0e-6c2f-4a1e-9d37-999999999999"})
			},
		} {
			for _, command := range [][]string{
				{"plan", "--tag", tag}, {"apply", "--tag", tag}, {"apply", "--only", "seed"}, {"drift"}, {"wait", "--tag", tag},
			} {
				o := who().run(append(command, "-o", "json")...)
				Expect(o.code).To(Equal(1), "%s: %v\n%s\n%s", name, command, o.out, o.err)
				Expect(o.document().pkg(secretName.String()).is("Seeded")).To(Equal("Unknown NoAccess"), "%s: %v", name, command)
				Expect(o.out).To(ContainSubstring("npm login"), "%s: %v", name, command)
				Expect(o.document().Summary.Seed).To(BeZero(), "%s: %v", name, command)
			}
			Expect(who().run("doctor").ends(3).out).NotTo(ContainSubstring("run it again"), name)
		}
		Expect(p.sent(http.MethodPut)).To(HaveLen(before))
		p.loggedOut()
		p.keptSecret("0.0.1", "1.0.0")
	})

	It("stays so where the state file does not know of it, and is read with what is at hand", func() {
		p := newSecret()
		p.human().run("apply", "--only", "seed,trust", p.otp()).ends(0)
		p.edit(stateFile, "  access: restricted\n", "")
		for i, run := range []func(tag string, args ...string) outcome{
			func(_ string, args ...string) outcome {
				return p.human().run(append(args, "--auth", "token", p.otp())...)
			},
			func(tag string, args ...string) outcome { return p.loggedOut().job(tag, nil).run(args...) },
		} {
			tag := p.release(fmt.Sprintf("1.%d.0", i))
			d := run(tag, "apply", "--tag", tag, "-o", "json").ends(0).document()
			Expect(d.PublishedNow).To(ConsistOf(tag))
			Expect(d.Findings).To(ConsistOf(And(HaveField("Type", "AccessDiffers"), HaveField("Severity", "warning"))))
		}
		Expect(p.human().run("apply", "--only", "seed", p.otp()).ends(0).lines("seed")).To(BeEmpty())
		Expect(p.said(secretName)).To(Equal([]string{"restricted", "null", "null"}))
		p.keptSecret("1.0.0", "1.1.0")
	})

	It("is released no more when somebody has made it public", func() {
		p := newSecret()
		p.human().run("apply", "--only", "seed,trust", p.otp()).ends(0)
		Expect(p.world.SetAccess(secretName, spec.AccessPublic)).To(Succeed())
		before := len(p.sent(http.MethodPut))
		tag := p.release("1.0.0")
		o := p.loggedOut().job(tag, nil).run("apply", "-o", "json")
		Expect(o.code).To(Equal(1), o.out)
		Expect(o.document().Findings).To(ContainElement(And(HaveField("Type", "AccessDiffers"),
			HaveField("Next", ContainSubstring("npm access set status=private @demo/core")))))
		Expect(p.sent(http.MethodPut)).To(HaveLen(before))
		Expect(p.world.SetAccess(secretName, spec.AccessRestricted)).To(Succeed())
		p.job(tag, nil).run("apply").ends(0)
	})

	It("is an entry that init takes from the registry for who may read it, as it is", func() {
		p := newSecret()
		p.write(stateFile, `apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
spec:
  access: restricted
  groups:
    - name: tool
      tag: v{version}
      entry: {package: "@demo/tool", artifact: dist/tool}
      platforms: {package: "@demo/tool-{target}", artifact: "dist/{target}", targets: [linux-x64]}
`)
		p.standIn("dist/tool", standin.Package{Name: "@demo/tool", Version: "1.0.0"})
		p.standIn("dist/linux-x64", standin.Package{Name: "@demo/tool-linux-x64", Version: "1.0.0", Binary: true,
			Platform: spec.Platform{OS: []string{"linux"}, CPU: []string{"x64"}}})
		p.human().run("apply", "--tag", "v1.0.0", p.otp()).ends(0)
		Expect(p.said("@demo/tool")).To(Equal([]string{"restricted"}))

		Expect(strings.Count(p.human().run("init", "--from", "@demo/tool", "-o", "-").ends(0).out, "access: restricted")).To(Equal(2))
		Expect(p.loggedOut().outside().run("init", "--from", "@demo/tool", "-o", "-").ends(1).out).To(BeEmpty())
	})
})
