package chaos_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
)

// verdaccioSchedules are played against Verdaccio where nothing says how many; the sandbox has the rest of the time.
const verdaccioSchedules = 20

var _ = Describe("a release, whatever is broken, is never torn, and finished by running again", Ordered, ContinueOnFailure, func() {
	seed, one := os.Getenv("CHAOS_SEED"), os.Getenv("CHAOS_SEED") != "" && os.Getenv("CHAOS_SCHEDULES") == "1"

	It("at a real Verdaccio", func(ctx context.Context) {
		if one && !strings.HasPrefix(seed, "v") {
			Skip("the seed is of a schedule for the sandbox")
		}
		c := newCampaign("v", 2, verdaccioSchedules)
		Expect(clients.Install(ctx)).To(Succeed())
		v := serveVerdaccio()
		c.run(ctx, GinkgoT().TempDir(), func(string) (func(uint64) *play, func()) {
			return func(seed uint64) *play {
				kind := []sort{sortFaults, sortKills}[seed%2]
				return &play{schedule: newSchedule(seed, kind, fmt.Sprintf("demo-%d", seed), false), scene: v}
			}, func() {}
		})
		c.conclude()
	})

	It("at the sandbox, races and an hour's scan included", func(ctx context.Context) {
		if strings.HasPrefix(seed, "v") {
			Skip("the seed is of a schedule for Verdaccio")
		}
		c := newCampaign("", 28, 0)
		c.run(ctx, GinkgoT().TempDir(), func(dir string) (func(uint64) *play, func()) {
			s, err := newStage(filepath.Join(dir, "sandbox"))
			Expect(err).NotTo(HaveOccurred())
			all := sorts()
			return func(seed uint64) *play {
				return &play{schedule: newSchedule(seed, all[seed%uint64(len(all))], "demo", true), scene: s, stage: s}
			}, s.close
		})
		c.conclude()
	})
})
