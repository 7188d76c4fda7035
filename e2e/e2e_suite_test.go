// Package e2e runs the program as its users do: against the sandbox, against a real Verdaccio, and together with the real
// npm client, whose versions e2e/clients pins. Every process is given a home and an environment of its own; nothing but
// loopback is contacted, except by the specs that FACETS_E2E_REGISTRY=1 asks for and by the installation of the clients.
package e2e_test

import (
	"context"
	"os"
	"os/exec"
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

// binary is the program, built by BeforeSuite.
var binary string

// templates holds what specs copy, made by BeforeSuite.
var templates string

func TestEndToEnd(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "facets-reconcile, end to end")
}

var _ = BeforeSuite(func(ctx context.Context) {
	var err error
	binary, err = gexec.Build("github.com/agent-facets/facets-reconcile/cmd/facets-reconcile")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(gexec.CleanupBuildArtifacts)
	templates, err = os.MkdirTemp("", "facets-e2e-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, templates)

	for _, tool := range []string{"node", "npm"} {
		_, err := exec.LookPath(tool)
		Expect(err).NotTo(HaveOccurred(), "these specs run the real npm client: install Node 20 or later, with npm")
	}
	Expect(clients.Install(ctx)).To(Succeed())
})
