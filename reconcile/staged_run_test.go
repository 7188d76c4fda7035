package reconcile_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

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
	s, policy := setUpStaged(t, 5*time.Minute), reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Approve}}
	g.Expect(s.approvals()).To(BeEmpty(), "nobody asked for it")
	result := s.run(t, policy)
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.Summary.Human).To(BeZero())
	g.Expect(result.PublishedNow).To(HaveLen(3))
	g.Expect(outcomes(result)).To(ConsistOf("cli approve done", "cli-darwin-arm64 approve done", "cli-linux-x64 approve done"))
	g.Expect(result.Windows).To(ConsistOf(And(HaveField("Tag", "cli@1.0.0"), HaveField("Seconds", BeNumerically("<", 2)))))
	g.Expect(s.approvals()).To(HaveLen(3), "each once")
}

func TestAnApprovalWaitsForAScanThatCannotBeSeen(t *testing.T) {
	g := NewWithT(t)
	s, policy := setUpStaged(t, time.Minute), reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Approve}}
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
