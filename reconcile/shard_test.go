package reconcile_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestShardsTakeEveryPackageOnceAndTheEntryFirst(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	s.world.Inspector = nil
	for count := 1; count <= 5; count++ {
		takers := map[string][]int{}
		for index := range count {
			shard, err := reconcile.NewShard(index, count, s.want)
			g.Expect(err).NotTo(HaveOccurred())
			plan, _, err := reconcile.Survey(t.Context(), s.world, s.want, reconcile.Policy{Shard: shard}, reconcile.Options{})
			g.Expect(err).NotTo(HaveOccurred())
			for _, p := range plan.Packages() {
				if len(p.Changes) > 0 {
					takers[string(p.Name)] = append(takers[string(p.Name)], index)
				}
			}
		}
		g.Expect(takers).To(And(HaveLen(3), HaveKeyWithValue("cli", []int{0}), HaveEach(HaveLen(1))), "%d nodes", count)
	}
	for _, wrong := range [][2]int{{0, 0}, {-1, 2}, {2, 2}} {
		_, err := reconcile.NewShard(wrong[0], wrong[1], s.want)
		g.Expect(err).To(MatchError(ContainSubstring("counted from 0")))
	}
}

func TestShardsPublishAReleaseTogether(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", time.Minute)
	seedAndTrust(t, s)
	before := len(s.puts())
	policy := func(index int) reconcile.Policy {
		shard, err := reconcile.NewShard(index, 2, s.want)
		g.Expect(err).NotTo(HaveOccurred())
		return reconcile.Policy{Shard: shard}
	}

	alone := s.run(t, policy(0))
	g.Expect(alone.ExitCode()).To(Equal(reconcile.ExitWaiting), "the other node never came")
	g.Expect(s.puts()[before:]).To(ConsistOf("cli-darwin-arm64"))
	entry := alone.Packages()[0]
	g.Expect(blockedBy(entry.Changes[0])).To(ConsistOf("cli-linux-x64: Served"), "what is absent is named")

	g.Expect(s.run(t, policy(1)).ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(s.puts()[before:]).To(ConsistOf("cli-darwin-arm64", "cli-linux-x64"), "the entry is node 0's")
	again := s.run(t, policy(0))
	g.Expect(again.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(again.Summary.Converged).To(BeTrue())
	g.Expect(s.puts()[before:]).To(ConsistOf("cli-darwin-arm64", "cli-linux-x64", "cli"))
}
