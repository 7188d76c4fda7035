package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// atTerminal starts a command line at a terminal, which script(1) of util-linux gives it, and returns who types. What it
// prints, be it result or progress, is all on Out.
func (p *place) atTerminal(arguments ...string) (*gexec.Session, *os.File) {
	GinkgoHelper()
	if _, err := exec.LookPath("script"); err != nil || runtime.GOOS != "linux" {
		Skip("script of util-linux is not here")
	}
	in, typing, err := os.Pipe()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = typing.Close() })
	session := p.startIn("script", in, "--quiet", "--return", "--command", strings.Join(arguments, " "), "/dev/null")
	Expect(in.Close()).To(Succeed())
	return session, typing
}

var _ = Describe("at a terminal", func() {
	answer := func(typing *os.File, line string) {
		GinkgoHelper()
		_, err := typing.WriteString(line + "\n")
		Expect(err).NotTo(HaveOccurred())
	}

	It("apply shows the plan and asks: without a yes it changes nothing", func() {
		p := newDemo()
		session, typing := p.atTerminal(binary, "apply", "--sandbox", "--scan-delay", "0s")
		Eventually(session.Out, soon).Should(gbytes.Say("6 to seed"))
		Eventually(session.Out, soon).Should(gbytes.Say(`\[y/N\]`))
		answer(typing, "")
		Expect(finish(session).ends(1).out).To(ContainSubstring("nothing was changed"))
		Expect(p.run("plan", "--sandbox", "-o", "json").ends(0).document().Summary.Seed).To(Equal(6))
	})

	It("apply goes on after a yes", func() {
		p := newDemo()
		session, typing := p.atTerminal(binary, "apply", "--sandbox", "--scan-delay", "0s")
		Eventually(session.Out, soon).Should(gbytes.Say(`\[y/N\]`))
		answer(typing, "y")
		Expect(finish(session).ends(0).out).To(ContainSubstring("Converged"))
	})

	It("apply does what it has shown, and nothing that has come up since", func() {
		p := newPipeline(newDemo())
		p.seedAndTrust()
		other := func(repository string) spec.TrustedPublisher {
			return spec.TrustedPublisher{Type: "github", Claims: spec.Claims{"repository": repository}, Permissions: []string{"createPackage"}}
		}
		p.trust("@demo/core", other("example/shown"))
		session, typing := p.human().atTerminal(binary, "apply", "--only", "trust", "--prune", p.otp())
		Eventually(session.Out, soon).Should(gbytes.Say(`\[y/N\]`))
		p.trust("@demo/core", other("example/unseen"))
		p.distrust("demo")
		answer(typing, "y")
		Expect(finish(session).ends(3).out).To(ContainSubstring("the approved plan did not show (1): they are left"))
		Expect(p.trusted("@demo/core")).To(ConsistOf(HaveField("Type", "circleci"),
			HaveField("Claims", HaveKeyWithValue("repository", "example/unseen"))))
		Expect(p.trusted("demo")).To(BeEmpty(), "that it lost its own was not shown")
	})

	It("apply goes on while nobody lets the terminal take anything", func() {
		const stop, goOn = "\x13", "\x11" // Ctrl-S and Ctrl-Q
		p := newPipeline(newDemo())
		session, typing := p.human().atTerminal("read line;", binary, "apply", "--only", "seed", "--yes", "--log-level", "debug", p.otp())
		answer(typing, stop)
		Eventually(func() []string { return p.sent(http.MethodPut) }, soon).Should(ContainElements(paths(demoNames()...)))
		Expect(session.Out).NotTo(gbytes.Say("seed"))
		_, err := typing.WriteString(goOn)
		Expect(err).NotTo(HaveOccurred())
		Expect(finish(session).ends(0).out).To(ContainSubstring("exist"))
	})

	It("npm goes through the second factor of the sandbox", func() {
		project := newDemo()
		project.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		_, r := project.serve()
		human := newPlace().with("npm_config_registry", string(r)+"/", "npm_config_browser", "false")
		human.npm("login", "--auth-type=web")
		session, _ := human.atTerminal("node", clientsFile("node_modules", "npm", "bin", "npm-cli.js"), "trust", "circleci",
			"@demo/core", "--yes", "--allow-publish", "--vcs-origin=github.com/example/other",
			"--org-id=0b5f0a0e-6c2f-4a1e-9d37-555555555555", "--project-id=0b5f0a0e-6c2f-4a1e-9d37-666666666666",
			"--pipeline-definition-id=0b5f0a0e-6c2f-4a1e-9d37-777777777777")
		Expect(finish(session).ends(0).out).To(And(ContainSubstring("Authenticate your account at"),
			ContainSubstring("Trust configuration created successfully")))
	})
})
