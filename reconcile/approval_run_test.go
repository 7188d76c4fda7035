package reconcile_test

import (
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

// setUpStaged makes a stage on which the command's release waits for its approval.
func setUpStaged(t *testing.T, scan time.Duration) *stage {
	t.Helper()
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", scan)
	for i := range s.want.Releases {
		s.want.Releases[i].Staged = true
	}
	s.run(t, reconcile.Policy{Actions: []reconcile.Action{reconcile.Seed, reconcile.Trust}})
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.StagedNow).To(ConsistOf("cli@1.0.0", "cli-darwin-arm64@1.0.0", "cli-linux-x64@1.0.0"))
	g.Expect(result.PublishedNow).To(BeEmpty())
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman))
	observer, ok := s.world.Observer.(observed.Observer)
	g.Expect(ok).To(BeTrue())
	observer.Stages = s.client
	s.world.Observer, s.world.Publisher, s.world.Inspector = observer, nil, nil
	s.world.Approver = actor.Approver{Registry: s.client}
	s.world.Reviewer = actor.Reviewer{Registry: s.client, Artifacts: actor.Folder{Root: t.TempDir()}, Spool: t.TempDir()}
	return s
}

// before lets somebody else act right before the first request whose path ends so.
func (s *stage) before(suffix string, act func(r *http.Request, next http.Handler)) {
	var once sync.Once
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasPrefix(r.URL.Path, "/-/stage/") && strings.HasSuffix(r.URL.Path, suffix) {
			once.Do(func() { act(r, next) })
		}
		next.ServeHTTP(w, r)
	}
}

// decide approves or rejects the staged version that a request is about.
func decide(g *WithT, r *http.Request, next http.Handler, method, what string) {
	id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/-/stage/"), "/")
	decision, answer := httptest.NewRequest(method, "/-/stage/"+id+what, http.NoBody), httptest.NewRecorder()
	decision.Header.Set("Authorization", r.Header.Get("Authorization"))
	next.ServeHTTP(answer, decision)
	g.Expect(answer.Code / 100).To(Equal(2))
}

func TestWhoIsOvertakenByAnotherApproverGoesOn(t *testing.T) {
	for _, at := range []string{"/tarball", "/approve"} {
		t.Run(at, func(t *testing.T) {
			g := NewWithT(t)
			s := setUpStaged(t, 0)
			s.before(at, func(r *http.Request, next http.Handler) { decide(g, r, next, http.MethodPost, "/approve") })
			result := s.run(t, reconcile.Policy{Actions: []reconcile.Action{reconcile.Approve}})
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK), "%v %v", outcomes(result), result.Findings)
			g.Expect(result.Summary.Converged).To(BeTrue())
		})
	}
}

func TestWhatIsRejectedAmidAnApprovalIsToBeStagedAgain(t *testing.T) {
	for _, at := range []string{"/tarball", "/approve"} {
		t.Run(at, func(t *testing.T) {
			g := NewWithT(t)
			s := setUpStaged(t, 0)
			s.before(at, func(r *http.Request, next http.Handler) { decide(g, r, next, http.MethodDelete, "") })
			result := s.run(t, reconcile.Policy{Actions: []reconcile.Action{reconcile.Approve}})
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman), "%v %v", outcomes(result), result.Findings)
			g.Expect(outcomes(result)).To(ContainElement(HaveSuffix(" stage")), "whichever it was is to be staged again")
			g.Expect(result.PublishedNow).NotTo(ContainElement("cli@1.0.0"))
			g.Expect(outcomes(result)).NotTo(ContainElement("cli approve done"), "the entry is not approved, be it the one that was rejected or not")
		})
	}
}

func TestARejectionThatSomebodyElseMadeIsDone(t *testing.T) {
	g := NewWithT(t)
	s := setUpStaged(t, 0)
	var once sync.Once
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete {
			once.Do(func() { decide(g, r, next, http.MethodDelete, "") })
		}
		next.ServeHTTP(w, r)
	}
	s.want.Releases[0].Given = true
	result := s.run(t, reconcile.Policy{Actions: []reconcile.Action{reconcile.Reject}})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK), "%v %v", outcomes(result), result.Findings)
	g.Expect(count(outcomes(result), "cli reject done")).To(Equal(1))
}
