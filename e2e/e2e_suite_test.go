// Package e2e runs the program as its users do: against the sandbox, against a real Verdaccio, and together with the real
// npm client, whose versions e2e/clients pins. Every process is given a home and an environment of its own; nothing but
// loopback is contacted, except by the specs that FACETS_E2E_REGISTRY=1 asks for and by the installation of the clients.
package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
)

// soon is how long a process may take that has nothing to wait for. It is long because a loaded machine is slow, and
// nothing is proved by it: what must not be waited for is proved otherwise.
const soon = 2 * time.Minute

// What the processes of the suite share, made once, by the first of them.
var (
	binary    string // the program
	simulated string // the same, built with the tag simulated
)

// templates holds what the specs of this process copy.
var templates string

func TestEndToEnd(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "facets-reconcile, end to end")
}

// Each of several processes builds nothing and installs nothing: they would do the same at once.
var _ = SynchronizedBeforeSuite(func(ctx context.Context) []byte {
	for _, tool := range []string{"node", "npm"} {
		_, err := exec.LookPath(tool)
		Expect(err).NotTo(HaveOccurred(), "these specs run the real npm client: install Node 20 or later, with npm")
	}
	Expect(clients.Install(ctx)).To(Succeed())
	DeferCleanup(gexec.CleanupBuildArtifacts) // once all processes have ended
	released, inSimulatedTime := build(), build("-tags", "simulated")
	return []byte(released + "\n" + inSimulatedTime)
}, func(built []byte) {
	binary, simulated, _ = strings.Cut(string(built), "\n")
	var err error
	templates, err = os.MkdirTemp("", "facets-e2e-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, templates)
})

// build builds the program as .goreleaser.yaml does. Whatever builds it so has all but the linking in common, from any folder.
func build(flags ...string) (program string) {
	GinkgoHelper()
	program, err := gexec.BuildWithEnvironment("github.com/agent-facets/facets-reconcile/cmd/facets-reconcile",
		[]string{"CGO_ENABLED=0"}, append(flags, "-trimpath")...)
	Expect(err).NotTo(HaveOccurred())
	return program
}
