package e2e_test

import (
	"net/http"
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// standInCircleCI is the circleci program as far as jobs use it for ID tokens. It refuses to be called otherwise.
const standInCircleCI = `#!/usr/bin/env node
const [run, oidc, get, flag, claims, ...more] = process.argv.slice(2);
if ([run, oidc, get, flag].join(" ") !== "run oidc get --claims" || more.length > 0 || process.env.CIRCLECI !== "true") {
  console.error("usage: circleci run oidc get --claims JSON");
  process.exit(2);
}
const { aud, ...others } = JSON.parse(claims);
if (typeof aud !== "string" || Object.keys(others).length > 0) {
  console.error("only aud can be set");
  process.exit(2);
}
fetch("REGISTRY/circleci/oidc?aud=" + encodeURIComponent(aud)).then(async (answer) => {
  if (!answer.ok) throw new Error("CircleCI answered " + answer.status);
  process.stdout.write(await answer.text());
}).catch((error) => { console.error(error.message); process.exit(1); });
`

// executor is a job's surroundings in which ID tokens come from the circleci program, not from a variable.
func (p *pipeline) executor(tag string) *place {
	GinkgoHelper()
	p.write(".executor/circleci", strings.Replace(standInCircleCI, "REGISTRY", string(p.registry), 1))
	Expect(os.Chmod(p.path(".executor", "circleci"), 0o700)).To(Succeed())
	return p.outside().with("CIRCLECI", "true", "CIRCLE_TAG", tag,
		"PATH", p.path(".executor")+string(os.PathListSeparator)+os.Getenv("PATH"))
}

var _ = Describe("a release of agent-facets in CircleCI, of whose 13 packages one is not trusted", Ordered, func() {
	const untrusted = "@agent-facets/cli-linux-x64-musl"
	var p *pipeline

	BeforeAll(func() {
		facets := newFacets()
		facets.seedAndTrust()
		facets.buildCLI("packages/cli/dist", "1.0.0")
		p = newPipeline(facets)
		p.distrust(untrusted)
	})

	It("publishes nothing, and names the package and its page", func() {
		o := p.executor("agent-facets@1.0.0").run("apply", "--log-level", "debug").ends(3)
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
		Expect(o.out).To(And(ContainSubstring(untrusted), ContainSubstring(string(p.registry)+"/package/"+untrusted+"/access"),
			ContainSubstring("15756499-9950-43b5-b2d3-ac4086d9aa48"), ContainSubstring("npm login")))
		Expect(o.out).NotTo(ContainSubstring("package/@agent-facets/cli-linux-x64/access"), "nothing is wrong with that one")
		Expect(o.err).To(ContainSubstring("the package has no trusted publisher"))
	})

	It("finds it by doctor", func() {
		o := p.executor("agent-facets@1.0.0").run("doctor", "--log-level", "debug").ends(3)
		Expect(o.out).To(And(ContainSubstring("✗ "+untrusted+":"), ContainSubstring("1 of 13 packages wrong"),
			ContainSubstring("by `circleci run oidc get`")))
	})

	It("publishes all 13 by the same command when a human has set it", func() {
		human := p.human().run("apply", "--only", "trust", "--group", "cli", p.otp(), "--log-level", "debug").ends(0)
		Expect(human.lines("trust")).To(HaveLen(1))

		o := p.executor("agent-facets@1.0.0").run("apply", "--log-level", "debug").ends(0)
		Expect(o.lines("publish")).To(HaveLen(13))
		Expect(o.lines("publish")[12]).To(HavePrefix("publish  agent-facets@1.0.0: accepted"))
		Expect(p.sent(http.MethodPut)).To(ConsistOf(paths(append(facetsPlatformNames(), "agent-facets")...)))
		entry, ok := p.registry.manifest("agent-facets", "1.0.0")
		Expect(ok).To(BeTrue())
		Expect(entry.OptionalDependencies).To(HaveLen(12))
		Expect(entry.NPMUser.TrustedPublisher).To(HaveKeyWithValue("id", "circleci"))
	})

	It("says where ID tokens come from when the circleci program has none", func() {
		o := p.executor("agent-facets@1.0.0").with("PATH", os.Getenv("PATH")).run("doctor").ends(3)
		Expect(o.out).To(And(ContainSubstring("CircleCI gave the job no ID token"), ContainSubstring("circleci run oidc get")))
	})
})
