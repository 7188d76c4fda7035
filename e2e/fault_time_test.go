package e2e_test

import (
	"io"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// scans lets the registry scan each package for so long; those that are not named are served at once.
func (s *stage) scans(delays map[string]time.Duration) {
	a := *s.acts.Load()
	a.scan = func(name spec.Name) time.Duration { return delays[name.String()] }
	s.play(a)
}

// longScans are what the registry takes its time for.
func longScans(s *stage) {
	It("platforms that are scanned for up to 55 minutes are waited for, and each is sent once", func() {
		s.scans(map[string]time.Duration{
			"@demo/cli-darwin-arm64": 5 * time.Minute, "@demo/cli-linux-arm64": 20 * time.Minute, broken: 55 * time.Minute,
			"demo": 40 * time.Minute,
		})
		began := s.clock.Now()
		r := s.run(s.executor("v1.0.0"), "apply")
		r.ends(0)
		Expect(r.sent).To(Equal(sends(1, 1)))
		Expect(s.clock.Now().Sub(began)).To(BeNumerically("~", 95*time.Minute, 2*time.Minute))
		s.tells(r)
		s.recovers()
	})

	It("a platform that is scanned for longer than --timeout ends with exit code 4, and the next run goes on", func() {
		s.scans(map[string]time.Duration{broken: 90 * time.Minute})
		r := s.release("--timeout", "60m")
		r.ends(4)
		Expect(r.sent).To(Equal(sends(1, 0)))
		Expect(r.d.findings()).To(ConsistOf("Stuck " + broken))
		next := s.release()
		next.ends(0)
		Expect(next.sent).To(Equal(sendings{"demo": 1}), "the registry says that it is being scanned")
		Expect(next.d.PublishedNow).To(ConsistOf("demo@1.0.0"))
		s.tells(r, next)
		s.recovers()
	})
}

// wrongTimes are clocks and tokens that do not fit.
func wrongTimes(s *stage) {
	late := map[string]time.Duration{broken: 55 * time.Minute, "@demo/cli-linux-arm64": 50 * time.Minute}
	exchanged := func() (times int) {
		for _, path := range s.sent(http.MethodPost) {
			if strings.HasSuffix(path, "/exchange/package/demo") {
				times++
			}
		}
		return times
	}

	It("an ID token that expires while platforms are scanned is minted anew before the entry", func() {
		s.scans(map[string]time.Duration{broken: 70 * time.Minute})
		before := exchanged()
		r := s.run(s.executor("v1.0.0"), "apply", "--timeout", "2h")
		r.ends(0)
		Expect(r.sent).To(Equal(sends(1, 1)))
		Expect(exchanged()-before).To(Equal(2), "once to see whether it may be published, once to publish it")
		s.recovers()
	})

	It("an ID token in NPM_ID_TOKEN that expires while platforms are scanned is said to be too old", func() {
		s.scans(map[string]time.Duration{broken: 70 * time.Minute})
		r := s.release("--timeout", "2h")
		r.ends(1)
		Expect(r.sent).To(Equal(sends(1, 0)))
		Expect(r.out).To(And(ContainSubstring("demo: publish failed"), ContainSubstring("NPM_ID_TOKEN is too old")))
		s.tells(r)
		s.recovers()
	})

	It("an ID token in NPM_ID_TOKEN that is too old at the start is said to be, and nothing is sent", func() {
		job := s.job("v1.0.0", nil)
		s.clock.pass(6 * time.Minute)
		r := s.run(job, "apply")
		r.ends(1)
		Expect(r.sent).To(BeEmpty())
		Expect(r.out + r.err).To(ContainSubstring("NPM_ID_TOKEN is too old"))
		s.tells(r)
		s.recovers()
	})

	DescribeTable("of a machine's clock",
		func(skew time.Duration) {
			s.scans(late)
			r := s.run(s.executor("v1.0.0").with("FACETS_CLOCK", s.clock.address(skew)), "apply")
			r.ends(0)
			Expect(r.sent).To(Equal(sends(1, 1)))
			s.tells(r)
			s.recovers()
		},
		Entry("a clock that is ten minutes fast changes nothing", 10*time.Minute),
		Entry("a clock that is ten minutes slow changes nothing", -10*time.Minute),
	)

	It("a clock that is ten minutes fast makes NPM_ID_TOKEN look old, and says by how much", func() {
		r := s.run(s.job("v1.0.0", nil).with("FACETS_CLOCK", s.clock.address(10*time.Minute)), "apply")
		r.ends(1)
		Expect(r.sent).To(BeEmpty())
		Expect(r.out + r.err).To(ContainSubstring("NPM_ID_TOKEN is too old"))
		s.tells(r)
		s.recovers()
	})

	It("a deadline in the middle of an upload does not cut it off", func() {
		s.play(act{intercept: func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut && r.URL.EscapedPath() == "/@demo%2fcli-linux-x64" {
				s.clock.pass(30 * time.Minute)
			}
			return false
		}})
		r := s.run(s.executor("v1.0.0"), "apply", "--timeout", "1m")
		r.ends(0)
		Expect(r.sent).To(Equal(sends(1, 1)))
		s.tells(r)
		s.recovers()
	})
}

// overtaken are releases that come too late, and versions that went.
func overtaken(s *stage) {
	// latest shows another release's dist-tag for the broken platform while shown says so.
	latest := func(version string, shown func() bool) {
		s.play(act{intercept: func(rw http.ResponseWriter, r *http.Request) bool {
			tags := r.Method == http.MethodGet && r.URL.EscapedPath() == "/-/package/@demo%2fcli-linux-x64/dist-tags"
			if !tags || !shown() {
				return false
			}
			rw.Header().Set("Content-Type", "application/json")
			_, err := io.WriteString(rw, `{"latest": "`+version+`"}`)
			return err == nil
		}})
	}

	It("a release that another one overtakes between plan and upload is not sent, and latest stays", func() {
		looks := 0
		latest("2.0.0", func() bool { looks++; return looks > 1 })
		r := s.release()
		r.ends(3)
		Expect(r.sent).To(Equal(sends(0, 0)))
		Expect(r.out).To(And(ContainSubstring("2.0.0"), ContainSubstring("--dist-tag NAME")))
		s.tells(r)
		s.play(act{})
		s.recovers()
	})

	It("a release that another one overlapped and that moved latest back says so, with the command that mends it", func() {
		began := s.clock.Now()
		s.scans(map[string]time.Duration{broken: 10 * time.Minute})
		scan := s.acts.Load().scan
		latest("2.0.0", func() bool {
			elapsed := s.clock.Now().Sub(began)
			return elapsed > 0 && elapsed < 9*time.Minute
		})
		a := *s.acts.Load()
		a.scan = scan
		s.play(a)
		r := s.release()
		r.ends(1)
		Expect(r.d.findings()).To(ContainElement("MovedBack " + broken))
		Expect(r.out).To(ContainSubstring("npm dist-tag add " + broken + "@2.0.0 latest"))
		s.tells(r)
		s.play(act{})
		s.recovers()
	})

	It("a version that was deleted is burnt: it is said, with the version to release", func() {
		s.release().ends(0)
		Expect(s.world.Remove(broken, "1.0.0")).To(Succeed())
		r := s.release("--timeout", "10m")
		r.ends(1)
		Expect(r.sent).To(BeEmpty())
		Expect(r.d.findings()).To(ConsistOf("Torn demo", "Burnt "+broken))
		Expect(r.out).To(ContainSubstring("release 1.0.1, which is above every number"))
		s.tells(r)
	})
}
