package reconcile_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// staging makes a stage on which a release has been staged, and the policy by which it is approved.
func staging(t *testing.T, scan time.Duration) (*stage, reconcile.Policy) {
	t.Helper()
	s := setUp(t, "cli@1.0.0", scan)
	for i := range s.want.Releases {
		s.want.Releases[i].Staged = true
	}
	observer := s.world.Observer.(observed.Observer)
	observer.Stages = s.client
	s.world.Observer, s.world.Approver = observer, actor.Approver{Registry: s.client}
	s.world.Reviewer = actor.Reviewer{Registry: s.client, Artifacts: actor.Folder{Root: t.TempDir()}, Spool: t.TempDir()}
	result := s.run(t, reconcile.Policy{Session: true})
	g := NewWithT(t)
	g.Expect(result.StagedNow).To(ConsistOf("cli@1.0.0", "cli-darwin-arm64@1.0.0", "cli-linux-x64@1.0.0"))
	g.Expect(result.PublishedNow).To(BeEmpty())
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman))
	return s, reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Approve}}
}

// approvals lists what was approved, by the order of the requests.
func (s *stage) approvals() (paths []string) {
	for _, r := range s.npm.Requests() {
		if strings.HasSuffix(r.Path, "/approve") {
			paths = append(paths, r.Path)
		}
	}
	return paths
}

func TestRunStagesAndApprovesItsPlatformsFirst(t *testing.T) {
	g := NewWithT(t)
	s, policy := staging(t, 5*time.Minute)
	g.Expect(s.approvals()).To(BeEmpty(), "nobody asked for it")
	result := s.run(t, policy)
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.Summary.Human).To(BeZero())
	g.Expect(result.PublishedNow).To(HaveLen(3))
	g.Expect(outcomes(result)).To(ConsistOf("cli approve done", "cli-darwin-arm64 approve done", "cli-linux-x64 approve done"))
	g.Expect(result.Windows).To(ConsistOf(And(HaveField("Tag", "cli@1.0.0"), HaveField("Seconds", BeNumerically("<", 2)))))
	g.Expect(s.approvals()).To(HaveLen(3), "each once")
}

func TestTwoWhoApproveAtOnceComeToTheSame(t *testing.T) {
	g := NewWithT(t)
	s, policy := staging(t, time.Minute)
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/approve") { // somebody else was faster by a moment
			next.ServeHTTP(httptest.NewRecorder(), r.Clone(r.Context()))
		}
		next.ServeHTTP(w, r)
	}
	result := s.run(t, policy)
	g.Expect(outcomes(result)).To(ConsistOf("cli approve done", "cli-darwin-arm64 approve done", "cli-linux-x64 approve done"))
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
}

func TestARejectionAmidStopsTheEntry(t *testing.T) {
	g := NewWithT(t)
	s, policy := staging(t, time.Minute)
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/approve") { // somebody else has rejected it
			gone := r.Clone(r.Context())
			gone.Method, gone.URL.Path = http.MethodDelete, strings.TrimSuffix(r.URL.Path, "/approve")
			next.ServeHTTP(httptest.NewRecorder(), gone)
		}
		next.ServeHTTP(w, r)
	}
	result := s.run(t, policy)
	g.Expect(result.PublishedNow).To(BeEmpty())
	g.Expect(outcomes(result)).To(ContainElements("cli-linux-x64 stage", "cli-darwin-arm64 stage", "cli approve"))
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman))
	g.Expect(s.approvals()).To(HaveLen(2), "not the entry")
}

func TestAnApprovalWaitsForAScanThatCannotBeSeen(t *testing.T) {
	g := NewWithT(t)
	s, policy := staging(t, time.Minute)
	var mu sync.Mutex
	left := 3
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		refuse := strings.HasSuffix(r.URL.Path, "/approve") && left > 0
		if refuse {
			left--
		}
		mu.Unlock()
		if refuse {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"message":"Conflict - The package version is still being validated."}`)
			return
		}
		next.ServeHTTP(w, r)
	}
	result := s.run(t, policy)
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.PublishedNow).To(HaveLen(3))
}
