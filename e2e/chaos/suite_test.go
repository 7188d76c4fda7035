// Package chaos breaks things on purpose: it plays random schedules of faults, kills and races with the real program against
// the sandbox and against Verdaccio, and judges each by what the registry holds and by what went over the line, not by what
// the program thinks of it.
//
// The program is built with the tag simulated, so its time is a schedule's clock: scans of an hour cost nothing. Every
// schedule comes from a seed, which is printed; how the processes and goroutines of one run interleave does not, so one that
// failed by a race may have to be repeated.
//
//	make chaos                                     four minutes of new schedules
//	make chaos CHAOS_TIME=1h                       more of them
//	make chaos CHAOS_TIME= CHAOS_SCHEDULES=40      so many at the sandbox, and a fourth of them at Verdaccio, however long they take
//	make chaos CHAOS_SEED=123 CHAOS_SCHEDULES=1    one again; seeds of Verdaccio's begin with a v
//
// Under plain go test it plays the same short selection each time.
package chaos_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// shop holds what all schedules share, made by BeforeSuite.
var shop struct {
	program  string          // built with the tag simulated
	tools    string          // the PATH of machines: a stand-in of circleci
	template string          // a sandbox in which all names are seeded and trusted
	released map[bool]string // the same with two releases; of one name: true
}

// began is when the suite did: CHAOS_TIME is measured from there.
var began time.Time

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "circleci" {
		os.Exit(mint(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func TestChaos(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "facets-reconcile, broken on purpose")
}

var _ = BeforeSuite(func(ctx context.Context) {
	began = time.Now()
	var err error
	shop.program, err = gexec.BuildWithEnvironment("github.com/agent-facets/facets-reconcile/cmd/facets-reconcile",
		[]string{"CGO_ENABLED=0"}, "-tags", "simulated", "-trimpath") // as e2e builds it
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(gexec.CleanupBuildArtifacts)

	self, err := os.Executable()
	Expect(err).NotTo(HaveOccurred())
	shop.tools = GinkgoT().TempDir()
	Expect(os.Symlink(self, filepath.Join(shop.tools, "circleci"))).To(Succeed())

	shop.template = filepath.Join(GinkgoT().TempDir(), "template")
	shop.released = map[bool]string{false: filepath.Join(GinkgoT().TempDir(), "released"), true: filepath.Join(GinkgoT().TempDir(), "released")}
	Expect(makeTemplates(ctx)).To(Succeed())
})
