package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/fault"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// approving is the command line by which a human finishes the staged release 1.0.0 of the demo.
func approving(flags ...string) []string {
	return append([]string{"apply", "--only", "approve", "--tag", "v1.0.0", "--yes"}, flags...)
}

var _ = Describe("a staged release", Ordered, ContinueOnFailure, func() {
	s := &stage{}

	BeforeAll(func() { s.openOn(newDemo().stagesCLI()) })
	BeforeEach(s.reset)

	fiveMinutes := func() {
		scan := map[string]time.Duration{}
		for _, name := range releaseNames() {
			scan[name] = 5 * time.Minute
		}
		s.scans(scan)
	}
	// stages has the job stage all of the release.
	stages := func(flags ...string) {
		GinkgoHelper()
		r := s.release(flags...)
		r.ends(3)
		Expect(r.staged).To(Equal(sends(1, 1)))
		Expect(r.sent).To(BeEmpty())
		Expect(r.out).To(ContainSubstring("\n  facets-reconcile apply --only approve --tag v1.0.0\n"))
	}
	// finishes has a human approve what is left, which is all of the release but for these.
	finishes := func(but ...string) ran {
		GinkgoHelper()
		ids := s.held()
		r := s.decides(approving()...)
		r.ends(0)
		Expect(r.staged).To(BeEmpty())
		order := s.decided(ids, r, http.MethodPost)
		Expect(order).To(ConsistOf(slices.DeleteFunc(releaseNames(), func(name string) bool { return slices.Contains(but, name) })))
		if i := slices.Index(order, "demo"); i >= 0 {
			Expect(i).To(Equal(len(order)-1), "the entry is the last one")
		}
		for _, name := range releaseNames() {
			Expect(s.registry.served(name, "1.0.0")).To(BeTrue(), name)
			Expect(s.registry.distTags(name)).To(HaveKeyWithValue("latest", "1.0.0"), name)
		}
		Expect(s.held()).To(BeEmpty())
		return r
	}

	It("is public in a moment, where a direct one is half public for as long as the entry is scanned", func() {
		fiveMinutes()
		began := s.clock.Now()
		stages()
		Expect(s.clock.Now().Sub(began)).To(BeNumerically("~", 5*time.Minute, 40*time.Second), "all scans at once")
		s.registry.unseen("1.0.0", releaseNames()...)
		began = s.clock.Now()
		r := finishes()
		Expect(r.pages()).To(Equal(1))
		Expect(s.clock.Now().Sub(began)).To(BeNumerically("<", 2*time.Second))
		Expect(r.out).To(MatchRegexp(`From the first version of v1\.0\.0 that was approved to the last one that is served: [01]\.\d s\.`))

		s.reset()
		s.unstages()
		fiveMinutes()
		s.release().ends(0)
		var sent []time.Time // each is served five minutes after it was sent
		for _, request := range s.world.Requests() {
			if request.Method == http.MethodPut && !request.At.Before(began) {
				sent = append(sent, request.At)
			}
		}
		Expect(sent).To(HaveLen(4))
		half := sent[3].Sub(sent[0])
		AddReportEntry("a direct release is half public for " + half.String())
		Expect(half).To(BeNumerically("~", 5*time.Minute, 40*time.Second))
	})

	It("is waited for, until a human has approved the last of it", func() {
		stages()
		began := s.clock.Now()
		var asked atomic.Bool
		s.play(act{intercept: func(http.ResponseWriter, *http.Request) bool {
			if s.clock.Now().Sub(began) > 5*time.Minute && !asked.Swap(true) {
				for _, name := range releaseNames() {
					s.decide(http.MethodPost, name)
				}
			}
			return false
		}})
		s.run(s.outside(), "wait", "--tag", "v1.0.0").ends(0)
		Expect(s.clock.Now().Sub(began)).To(BeNumerically("~", 5*time.Minute, time.Minute))
	})

	It("that was killed amid staging goes on, and stages nothing twice", func() {
		var sent atomic.Int64
		reached, killed := make(chan struct{}), make(chan struct{})
		s.play(act{intercept: func(_ http.ResponseWriter, r *http.Request) bool {
			if operation, _, _ := fault.Describe(r); operation != fault.Stage {
				return false
			}
			switch sent.Add(1) {
			case 1:
				return false
			case 4:
				close(reached)
			}
			<-killed
			return true // it never arrives
		}})
		session, _ := s.begin(s.job("v1.0.0", nil), "apply")
		Eventually(reached, soon).Should(BeClosed())
		Eventually(func() int { return strings.Count(string(session.Err.Contents()), ": accepted") }, soon).Should(Equal(1))
		session.Kill().Wait(soon)
		close(killed)
		s.play(act{})
		s.temp = newPlace().temp // what a killed process leaves is nobody's
		Expect(s.held()).To(HaveLen(1))

		r := s.release()
		r.ends(3)
		Expect(r.staged).To(HaveLen(3))
		Expect(s.release().ends(3).out).To(ContainSubstring("4 to approve"))
		finishes()
	})

	It("of which a platform was rejected by hand is not approved, until that is staged again", func() {
		stages()
		s.decide(http.MethodDelete, broken)
		r := s.decides(approving()...)
		r.ends(3)
		Expect(r.asked).To(BeEmpty())
		Expect(r.out).To(And(ContainSubstring("demo: approve waits for "+broken+" to be Staged"),
			ContainSubstring("in the release pipeline of v1.0.0"), ContainSubstring("facets-reconcile apply --tag v1.0.0"),
			Not(ContainSubstring("--only approve"))))
		again := s.release()
		again.ends(3)
		Expect(again.staged).To(Equal(sendings{broken: 1}))
		finishes()
	})

	It("whose entry was approved by hand, before its platforms, is Torn, and they are approved at once", func() {
		stages()
		s.decide(http.MethodPost, "demo")
		r := s.run(s.somebody(), "plan", "--tag", "v1.0.0", "--detailed-exitcode")
		r.ends(2)
		Expect(r.d.findings()).To(ConsistOf("Torn demo"))
		Expect(r.out).To(ContainSubstring("facets-reconcile apply --only approve"))
		finishes("demo")
	})

	It("with another dist-tag is a Conflict, and rejected by one command", func() {
		r := s.release("--dist-tag", "next")
		r.ends(3)
		Expect(r.out).To(ContainSubstring("--only approve --tag v1.0.0 --dist-tag next"))
		r = s.decides(approving()...)
		r.ends(1)
		Expect(r.asked).To(BeEmpty())
		Expect(r.d.findings()).To(HaveLen(4))
		Expect(r.d.findings()).To(HaveEach(HavePrefix("Conflict ")))
		Expect(r.out).To(And(ContainSubstring("its approval would move the dist-tag next instead of latest"),
			ContainSubstring("facets-reconcile apply --only reject")))
		r = s.decides("apply", "--only", "reject", "--tag", "v1.0.0", "--yes")
		Expect(s.held()).To(BeEmpty())
		stages()
		finishes()
	})

	It("under another dist-tag is approved so, and latest stays", func() {
		s.release("--dist-tag", "next").ends(3)
		s.decides(approving("--dist-tag", "next")...).ends(0)
		Expect(s.registry.distTags("demo")).To(And(HaveKeyWithValue("next", "1.0.0"), HaveKeyWithValue("latest", Not(Equal("1.0.0")))))
	})

	It("with other bytes than those that were built here is a Conflict, and rejected by one command", func() {
		s.rebuilds(broken)
		stages()
		s.build("1.0.0")
		s.remove("dist/" + broken + "/CHANGED.md")
		r := s.decides(approving()...)
		r.ends(1)
		Expect(r.asked).To(BeEmpty())
		Expect(r.d.findings()).To(ConsistOf("Conflict " + broken))
		Expect(r.out).To(And(ContainSubstring("CHANGED.md"), ContainSubstring("facets-reconcile apply --only reject")))
		Expect(s.world.Tag("v1.0.0")).To(Succeed())
		ids := s.held()
		r = s.decides("apply", "--only", "reject", "--yes")
		Expect(s.decided(ids, r, http.MethodDelete)).To(ConsistOf(broken), "without --tag only what is wrong")
		again := s.release()
		again.ends(3)
		Expect(again.staged).To(Equal(sendings{broken: 1}))
		finishes()
	})

	It("of an older version that still waits is found by a human's drift and plan", func() {
		stages()
		s.build("1.1.0")
		DeferCleanup(s.build, "1.0.0")
		Expect(s.world.Tag("v1.1.0")).To(Succeed())
		leftovers := []string{}
		for _, name := range releaseNames() {
			leftovers = append(leftovers, "StagedLeftover "+name)
		}
		r := s.run(s.somebody(), "plan", "--tag", "v1.1.0", "--detailed-exitcode")
		Expect(r.ends(2).out).To(ContainSubstring("npm stage reject " + s.held()[broken]))
		Expect(r.d.findings()).To(ConsistOf(leftovers))
		r = s.run(s.somebody(), "drift")
		r.ends(2)
		Expect(r.d.findings()).To(ContainElements(leftovers))
	})

	It("keeps a direct release of its number from beginning", func() {
		stages()
		s.unstages()
		r := s.release()
		r.ends(3)
		Expect(r.sent).To(BeEmpty())
		Expect(r.out).To(ContainSubstring("npm stage list"))
	})

	It("that is not staged has nothing to approve, before as after", func() {
		r := s.decides(approving()...)
		r.ends(3)
		Expect(r.asked).To(BeEmpty())
		Expect(r.out).To(ContainSubstring("in the release pipeline of v1.0.0"))
		stages()
		finishes()
		r = s.decides(approving()...)
		Expect(r.ends(0).out).To(ContainSubstring("Converged"))
		Expect(r.asked).To(BeEmpty())
	})

	It("needs no other permission than to stage", func() {
		s.edit(stateFile, "permissions: [publish, stage]", "permissions: [stage]")
		s.edit(stateFile, "    - name: libraries\n", "    - name: libraries\n      publish: staged\n")
		DeferCleanup(func() {
			s.edit(stateFile, "permissions: [stage]", "permissions: [publish, stage]")
			s.edit(stateFile, "    - name: libraries\n      publish: staged\n", "    - name: libraries\n")
		})
		for _, name := range releaseNames() {
			s.stageOnly(name)
		}
		r := s.run(s.somebody(), "plan", "--tag", "v1.0.0", "--group", "cli")
		r.ends(0)
		Expect(r.d.changed("trust")).To(BeEmpty())
		stages()
		finishes()
		Expect(s.trusted("demo")).To(ConsistOf(HaveField("Permissions", []string{spec.PermissionStage})))
	})

	It("whose approval was killed at the entry is finished by the same command", func() {
		stages()
		ids := s.held()
		reached, killed := make(chan struct{}), make(chan struct{})
		s.play(act{intercept: func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/-/stage/"+ids["demo"]+"/approve" {
				return false
			}
			close(reached)
			<-killed
			return true
		}})
		session, _ := s.begin(s.somebody(), append(approving(), s.otp())...)
		Eventually(reached, soon).Should(BeClosed())
		session.Kill().Wait(soon)
		close(killed)
		s.play(act{})
		finishes("@demo/cli-darwin-arm64", "@demo/cli-linux-arm64", broken)
	})

	It("is approved by a saved plan, unless somebody has decided meanwhile", func() {
		stages()
		human := s.somebody()
		s.run(human, "plan", "--only", "approve", "--tag", "v1.0.0", "--out", "plans/approval.json").ends(0)
		s.decide(http.MethodDelete, broken)
		stale := s.run(human, "apply", "plans/approval.json", s.otp())
		Expect(stale.ends(1).err).To(ContainSubstring("is stale, and nothing was done"))
		Expect(stale.asked).To(BeEmpty())

		s.release().ends(3)
		s.run(human, "plan", "--only", "approve", "--tag", "v1.0.0", "--out", "plans/approval.json").ends(0)
		s.run(human, "apply", "plans/approval.json", s.otp()).ends(0)
		Expect(s.registry.served("demo", "1.0.0")).To(BeTrue())
	})
})

var _ = Describe("the staged release of the 13 packages of agent-facets", Ordered, func() {
	var (
		s   *stage
		all []string
	)

	BeforeAll(func() {
		facets := newFacets().stagesCLI()
		facets.seedAndTrust()
		facets.buildCLI("packages/cli/dist", "1.0.0")
		clock := newClock()
		s = &stage{clock: clock, pipeline: newPipelineWith(facets, func(o *sandbox.Options) {
			o.Now, o.SecondFactorWindow = clock.Now, -1 // so that the session alone serves no second approval
		})}
		all = append(facetsPlatformNames(), "agent-facets")
	})

	It("is shown to nobody until it is approved as a whole, with one second factor, the entry last; then npm installs it", func() {
		r := s.run(s.job("agent-facets@1.0.0", nil), "apply")
		r.ends(3)
		Expect(r.staged).To(HaveLen(13))
		Expect(r.sent).To(BeEmpty())
		Expect(r.out).To(ContainSubstring("\n  facets-reconcile apply --only approve --tag agent-facets@1.0.0\n"))
		s.registry.unseen("1.0.0", all...)

		By("approving it")
		ids := s.held()
		r = s.decides("apply", "--only", "approve", "--tag", "agent-facets@1.0.0", "--yes")
		r.ends(0)
		Expect(r.pages()).To(Equal(1))
		order := s.decided(ids, r, http.MethodPost)
		Expect(order).To(ConsistOf(all))
		Expect(order[12]).To(Equal("agent-facets"))
		Expect(r.out).To(MatchRegexp(`From the first version of \S+ that was approved to the last one that is served: [01]\.\d s\.`))

		By("installing it")
		expected := facetsPlatforms("1.0.0")
		expected["agent-facets"] = "1.0.0"
		Expect(newPlace().install(s.registry, "agent-facets")).To(Equal(expected))
	})
})
