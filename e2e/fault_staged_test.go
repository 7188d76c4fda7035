package e2e_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/fault"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// stagesFor lets the trusted publishers stage, too, and has the group cli staged for the rest of the spec.
func (s *stage) stagesFor(permissions ...string) {
	GinkgoHelper()
	before := s.read(stateFile)
	DeferCleanup(s.write, stateFile, before)
	s.stagesCLI()
	for _, name := range releaseNames() {
		publisher := s.trusted(name)[0]
		s.distrust(name)
		publisher.ID, publisher.Permissions = "", permissions
		s.trust(name, publisher)
	}
}

// approved ends the faults and has the job and a human finish the staged release.
func (s *stage) approved() {
	GinkgoHelper()
	s.play(act{})
	s.release()
	s.run(s.somebody(), approving(s.otp())...).ends(0)
	for _, name := range releaseNames() {
		Expect(s.registry.served(name, "1.0.0")).To(BeTrue(), name)
	}
}

// brokenStages are what goes wrong with staged releases.
func brokenStages(s *stage) {
	both := []string{spec.PermissionPublish, spec.PermissionStage}
	// decides has a human decide with a code that is typed.
	decides := func(args ...string) ran {
		GinkgoHelper()
		return s.run(s.somebody(), args...)
	}
	staged := func() {
		GinkgoHelper()
		s.stagesFor(both...)
		s.release().ends(3)
	}

	It("a direct publish by a trusted publisher that may only stage is left to a human", func() {
		s.stageOnly(broken)
		r := s.release()
		r.ends(3)
		Expect(r.sent).To(Equal(sends(1, 0)))
		s.tells(r)
	})

	It("a staging that the settings of a package forbid is left to a human", func() {
		s.stagesFor(both...)
		s.says(map[fault.Operation]string{fault.Stage: `{"error": "OIDC permission denied for this action"}`},
			map[fault.Operation]int{fault.Stage: http.StatusForbidden})
		r := s.release()
		r.ends(3)
		Expect(s.held()).To(HaveLen(3))
		s.tells(r)
		s.approved()
	})

	It("an approval by a CI job is left to a human, and nothing is asked of the registry", func() {
		staged()
		r := s.run(s.job("v1.0.0", nil), "apply", "--only", "approve")
		r.ends(3)
		Expect(r.asked).NotTo(ContainElement(HaveSuffix("/approve")))
		s.tells(r)
		s.approved()
	})

	DescribeTable("of an approval, which a second factor keeps back",
		func(flags ...string) {
			staged()
			r := decides(approving(flags...)...)
			r.ends(3)
			Expect(s.held()).To(HaveLen(4))
			s.tells(r)
			s.approved()
		},
		Entry("an approval without a second factor is left to a terminal"),
		Entry("an approval by a wrong second factor is left to a terminal", "--otp=000000"),
	)

	It("an approval of what somebody rejects at the same time tells so, and what to stage again", func() {
		staged()
		var rejected atomic.Bool
		s.play(act{intercept: func(_ http.ResponseWriter, r *http.Request) bool {
			if operation, _, _ := fault.Describe(r); operation == fault.Approve && !rejected.Swap(true) {
				s.decide(http.MethodDelete, broken)
			}
			return false
		}})
		r := decides(approving(s.otp())...)
		r.ends(3)
		Expect(s.held()).To(HaveKey("demo"), "the entry waits for all its platforms")
		s.tells(r)
		s.approved()
	})

	It("a staged release of which a number is burnt is not begun", func() {
		staged()
		s.decide(http.MethodPost, broken)
		Expect(s.world.Remove(broken, "1.0.0")).To(Succeed())
		r := s.release()
		r.ends(1)
		Expect(r.staged).To(BeEmpty())
		s.tells(r)
		r = decides(approving(s.otp())...)
		r.ends(1)
		Expect(r.asked).To(BeEmpty())
	})

	It("a staging that meets a number which is burnt meanwhile tells so", func() {
		s.stagesFor(both...)
		s.says(map[fault.Operation]string{fault.Stage: `{"error": "Cannot publish over previously published version 1.0.0."}`},
			map[fault.Operation]int{fault.Stage: http.StatusBadRequest})
		r := s.release()
		r.ends(1)
		Expect(s.held()).NotTo(HaveKey(broken))
		s.tells(r)
		s.approved()
	})

	It("a version that is staged with other bytes than those built here is rejected first", func() {
		s.rebuilds(broken)
		staged()
		s.remove("dist/" + broken + "/CHANGED.md")
		r := decides(approving(s.otp())...)
		r.ends(1)
		Expect(r.asked).To(BeEmpty())
		s.tells(r)
		decides("apply", "--only", "reject", "--tag", "v1.0.0", "--package", broken, s.otp())
		Expect(s.held()).To(HaveLen(3))
		s.approved()
	})

	It("an approval amid a scan that does not end waits for it, and ends with exit code 4", func() {
		s.stagesFor(both...)
		s.scans(map[string]time.Duration{broken: 3 * time.Hour})
		first := s.release("--timeout", "10m")
		first.ends(4)
		Expect(first.staged).To(Equal(sends(1, 1)))
		r := decides(approving("--timeout", "10m", s.otp())...)
		r.ends(4)
		Expect(r.asked).To(BeEmpty())
		s.tells(first, r)
		s.clock.pass(3 * time.Hour)
		s.approved()
	})

	// decisive has the first answer to the approval of the broken platform be this one.
	decisive := func(first func(rw http.ResponseWriter)) {
		GinkgoHelper()
		path := "/-/stage/" + s.held()[broken] + "/approve"
		var answered atomic.Bool
		s.play(act{intercept: func(rw http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != path || r.Header.Get("npm-otp") == "" || answered.Swap(true) {
				return false
			}
			first(rw)
			return true
		}})
	}

	It("an approval amid a scan that only the answer tells of is sent again", func() {
		staged()
		decisive(func(rw http.ResponseWriter) {
			http.Error(rw, `{"message": "Conflict - The package version is still being validated."}`, http.StatusConflict)
		})
		r := decides(approving(s.otp())...)
		r.ends(0)
		s.tells(r)
	})

	It("an approval whose answer is lost is found in place, and sent once", func() {
		staged()
		decisive(func(rw http.ResponseWriter) {
			s.decide(http.MethodPost, broken)
			http.Error(rw, "not now", http.StatusBadGateway)
		})
		r := decides(approving(s.otp())...)
		r.ends(0)
		s.tells(r)
	})

	It("an approval that is answered 500 is looked for, not sent again, and left to a human", func() {
		staged()
		decisive(func(rw http.ResponseWriter) { http.Error(rw, "not now", http.StatusInternalServerError) })
		r := decides(approving(s.otp())...)
		r.ends(3)
		Expect(s.held()).To(And(HaveLen(2), HaveKey("demo"), HaveKey(broken)))
		s.tells(r)
		s.approved()
	})

	It("a platform that its scan blocks keeps its whole release from being approved", func() {
		staged()
		Expect(s.world.Block(broken, "1.0.0")).To(Succeed())
		r := decides(approving(s.otp())...)
		r.ends(4)
		Expect(r.asked).To(BeEmpty())
		s.tells(r)
	})

	It("a registry without staged publishing is told by its answer to the first one, and nothing is published", func() {
		s.stagesFor(both...)
		s.play(act{intercept: func(rw http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.Path, "/-/stage") {
				return false
			}
			rw.Header().Set("Content-Type", "text/html; charset=utf-8") // as Verdaccio does
			rw.WriteHeader(http.StatusNotFound)
			_, err := rw.Write([]byte("<!DOCTYPE html><pre>Cannot POST " + r.URL.Path + "</pre>"))
			return err == nil
		}})
		r := s.release()
		r.ends(3)
		Expect(r.sent).To(BeEmpty())
		s.tells(r)
		s.approved()
	})

	DescribeTable("of the calls about what is staged",
		func(what string, code int) {
			staged()
			s.breaks(what)
			r := decides(approving(s.otp())...)
			s.hit()
			r.ends(code)
			s.tells(r)
			s.play(act{})
			Expect(s.held()).To(HaveLen(4))
			s.approved()
		},
		Entry("an approval that is refused in words that would take over the terminal is told in plain letters",
			"forbidden,on=approve,of=*", 3),
		Entry("a list of what is staged that cannot be read keeps all approvals back", "500,on=stages,of=*", 1),
		Entry("a staged tarball that cannot be read keeps all approvals back", "500,on=stage-tarball,of=*", 1),
	)
}
