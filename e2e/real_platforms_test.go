package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
)

// What other projects ship is in use every day: a check that refuses it is wrong, or has found something. These read, and only
// read, the registry that npm is configured for on this machine.
var _ = Describe("platform packages of other projects", Label("registry"), func() {
	BeforeEach(func() {
		if os.Getenv("FACETS_E2E_REGISTRY") != "1" {
			Skip("FACETS_E2E_REGISTRY=1 runs this")
		}
	})

	// Why a package of the list is refused, where that was looked into and is right.
	refused := map[string]string{}

	It("are accepted as they are", func(ctx SpecContext) {
		dir := GinkgoT().TempDir()
		list, err := os.ReadFile("testdata/platforms.txt")
		Expect(err).NotTo(HaveOccurred())
		names := strings.Fields(string(list))
		Expect(len(names)).To(BeNumerically(">=", 25))
		checked := 0
		for _, name := range names {
			pack := exec.CommandContext(ctx, "npm", "pack", "--silent", "--pack-destination", dir, name)
			file, err := pack.Output()
			if err != nil {
				AddReportEntry(name+" is not on this registry", ReportEntryVisibilityAlways)
				continue
			}
			path := filepath.Join(dir, strings.TrimSpace(string(file)))
			a, err := artifact.Open(ctx, path)
			Expect(err).NotTo(HaveOccurred(), name)
			problems, err := rules.Check(ctx, a, rules.Want{
				Name: a.Name(), Version: a.Version(), Platform: a.Package().Platform, Binary: true,
			})
			Expect(err).NotTo(HaveOccurred(), name)
			for _, p := range problems {
				if !p.Refused {
					AddReportEntry(name+": warning of "+p.Rule+": "+p.String(), ReportEntryVisibilityFailureOrVerbose)
					continue
				}
				Expect(p.Message).To(Equal(refused[name]), "%s: check %s: %s", name, p.Rule, p)
			}
			checked++
			Expect(os.Remove(path)).To(Succeed()) // some are of 100 MB
		}
		Expect(checked).To(BeNumerically(">=", 25))
	}, SpecTimeout(soon*60))
})
