package reconcile_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// showLatest answers reads of lib's dist-tags as another release would have them, while shown says so.
func showLatest(s *stage, version string, shown func() bool) {
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/lib/dist-tags") && shown() {
			_, _ = io.WriteString(w, `{"latest": "`+version+`"}`)
			return
		}
		next.ServeHTTP(w, r)
	}
}

func TestRunDoesNotMoveADistTagBackThatRoseSinceItLooked(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	before, looks := len(s.puts()), 0
	showLatest(s, "2.0.0", func() bool { looks++; return looks > 1 })
	result := s.run(t, reconcile.Policy{})
	g.Expect(looks).To(BeNumerically(">", 1), "it is looked up just before the upload")
	g.Expect(s.puts()).To(HaveLen(before), "nothing is sent")
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman))
	g.Expect(outcomes(result)).To(ContainElement("lib publish refused"))
	p := result.Packages()[len(result.Packages())-1]
	g.Expect(p.Changes[0].Reason).To(Equal(reconcile.ReasonDowngrade))
	g.Expect(p.Changes[0].Message).To(And(ContainSubstring("2.0.0"), ContainSubstring("--dist-tag")))
}

func TestRunLeavesADistTagToTheReleaseThatTookItMeanwhile(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	s.run(t, reconcile.Policy{})
	looks := 0
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/lib/dist-tags") {
			latest := "0.0.1" // so that the dist-tag is to be moved
			if looks++; looks > 1 {
				latest = "2.0.0"
			}
			_, _ = io.WriteString(w, `{"latest": "`+latest+`"}`)
			return
		}
		next.ServeHTTP(w, r)
	}
	result := s.run(t, reconcile.Policy{})
	g.Expect(looks).To(BeNumerically(">", 1), "it is looked up just before it is moved")
	for _, r := range s.npm.Requests() {
		g.Expect(r.Method + r.Path).NotTo(MatchRegexp("PUT.*/dist-tags/"))
	}
	g.Expect(outcomes(result)).NotTo(ContainElement(HavePrefix("lib tag")), "nothing of it is left to be done")
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
}

func TestRunAsksAgainWhereTheDistTagsCannotBeReadBeforeAnUpload(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	looks := 0
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/lib/dist-tags") {
			if looks++; looks > 1 && looks < 6 { // one look of the run, with the client's repetitions
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		next.ServeHTTP(w, r)
	}
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(looks).To(BeNumerically(">=", 6))
}

func TestRunTellsOfADistTagThatAnOverlappingReleaseLeftBehind(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 10*time.Minute)
	seedAndTrust(t, s)
	began := s.clock.Now()
	showLatest(s, "2.0.0", func() bool { // accepted just before ours, served just after
		elapsed := s.clock.Now().Sub(began)
		return elapsed > 0 && elapsed < 9*time.Minute
	})
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
	g.Expect(result.Findings).To(ContainElement(And(
		HaveField("Type", reconcile.MovedBack), HaveField("Message", ContainSubstring("has moved back to 1.0.0")),
		HaveField("Next", ContainSubstring("npm dist-tag add lib@2.0.0 latest")))))
}
