package actor_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// staged stages versions of lib by a pipeline, and returns them in that order.
func (s *stage) staged(t *testing.T, versions ...spec.Version) (all []spec.Stage) {
	t.Helper()
	p := s.publisher(t, s.exchange())
	for _, version := range versions {
		_, err := p.Publish(t.Context(), s.staging(t, "lib@"+string(version), "lib"))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		all = append(all, s.waiting(t, "lib")[version])
	}
	return all
}

func TestAHumanApprovesAndRejects(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.mayStage(t, "lib")
	waiting := s.staged(t, "1.0.0", "1.1.0")
	by := actor.Approver{Registry: s.client}

	g.Expect(by.Approve(t.Context(), waiting[0])).To(Succeed())
	g.Expect(s.tags(t, "lib")).To(HaveKeyWithValue(spec.Latest, spec.Version("1.0.0")))
	g.Expect(by.Reject(t.Context(), waiting[1])).To(Succeed())
	g.Expect(s.waiting(t, "lib")).To(BeEmpty())
	_, err := s.client.Manifest(t.Context(), "lib", "1.1.0")
	g.Expect(err).To(MatchError(spec.ErrNotFound))
	s.staged(t, "1.1.0") // its number is free again
}

func TestWhatSomebodyElseDecidedSaysWhatToDo(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.mayStage(t, "lib")
	waiting := s.staged(t, "1.0.0", "1.1.0")
	g.Expect(s.client.Approve(t.Context(), waiting[0])).To(Succeed())
	g.Expect(s.client.Reject(t.Context(), waiting[1])).To(Succeed())
	by := actor.Approver{Registry: s.client}
	for _, gone := range waiting {
		for doing, err := range map[string]error{"approving": by.Approve(t.Context(), gone), "rejecting": by.Reject(t.Context(), gone)} {
			g.Expect(err).To(MatchError(spec.ErrNotFound))
			g.Expect(err).To(MatchError(And(HavePrefix(doing+" lib@"+string(gone.Version)+": "), ContainSubstring("run again"))))
		}
	}
}

func TestNothingIsApprovedThatMovesADistTagBack(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.mayStage(t, "lib")
	waiting := s.staged(t, "1.0.0", "2.0.0", "3.0.0")
	by := actor.Approver{Registry: s.client}
	g.Expect(by.Approve(t.Context(), waiting[1])).To(Succeed())
	err := by.Approve(t.Context(), waiting[0])
	g.Expect(err).To(MatchError(reconcile.ErrDowngrade))
	g.Expect(err).To(MatchError(And(HavePrefix("approving lib@1.0.0: latest has come to point at 2.0.0"), ContainSubstring("apply --only reject"),
		ContainSubstring("--dist-tag NAME"))))

	s.refuse(http.StatusServiceUnavailable, http.MethodGet, "/-/package/lib/dist-tags", always)
	err = by.Approve(t.Context(), waiting[2])
	g.Expect(err).To(MatchError(reconcile.ErrNotSent))
	g.Expect(err).To(MatchError(ContainSubstring("lib@3.0.0")))
	g.Expect(s.requests(http.MethodPost, "/approve")).To(Equal(1))
	g.Expect(by.Reject(t.Context(), waiting[0])).To(Succeed(), "whatever the dist-tags")
}

func TestNobodyButAHumanApproves(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, func(o *sandbox.Options) {
		o.ScanDelay = func(_ spec.Name, version spec.Version) time.Duration {
			return map[spec.Version]time.Duration{"1.1.0": time.Hour}[version]
		}
	})
	s.mayStage(t, "lib")
	var pipelines atomic.Value
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasPrefix(r.URL.Path, stagePath) {
			pipelines.Store(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		}
		next.ServeHTTP(w, r)
	})
	waiting := s.staged(t, "1.0.0", "1.1.0")
	registry, err := url.Parse(s.client.Registry())
	g.Expect(err).NotTo(HaveOccurred())

	for name, token := range map[string]string{"the pipeline's token": pipelines.Load().(string), "none": ""} {
		by := actor.Approver{Registry: clientOf(t, registry, spec.NewSecret(token))}
		for _, err := range []error{by.Approve(t.Context(), waiting[0]), by.Reject(t.Context(), waiting[0])} {
			g.Expect(err).To(MatchError(spec.ErrRefused), name)
			g.Expect(err).To(MatchError(And(ContainSubstring("lib@1.0.0"), ContainSubstring("npm login"))), name)
			g.Expect(err).To(MatchError(Not(ContainSubstring("npm_"))), name)
		}
	}
	g.Expect(actor.Approver{Registry: s.client}.Approve(t.Context(), waiting[1])).To(MatchError(spec.ErrPending), "its scan has not ended")
	g.Expect(s.waiting(t, "lib")).To(HaveLen(2))
}

func TestOneSecondFactorApprovesARelease(t *testing.T) {
	g := NewWithT(t)
	s := atWork(t, 0, nil)
	g.Expect(actor.Seeder{Registry: s.human, Credentials: s.session()}.Seed(t.Context(), desired.Package{Name: "other"}, "0.0.1")).To(Succeed())
	s.mayStage(t, "lib") // within the window
	waiting := s.staged(t, "1.0.0", "1.1.0", "1.2.0")
	s.clock.Pass(6 * time.Minute)
	s.pages.Store(0)

	without := actor.Approver{Registry: s.client}.Approve(t.Context(), waiting[0])
	g.Expect(without).To(MatchError(spec.ErrSecondFactor))
	g.Expect(without).To(MatchError(ContainSubstring("approving lib@1.0.0: ")))
	g.Expect(s.waiting(t, "lib")).To(HaveLen(3))

	by := actor.Approver{Registry: s.human}
	g.Expect(by.Approve(t.Context(), waiting[0])).To(Succeed())
	g.Expect(by.Approve(t.Context(), waiting[1])).To(Succeed())
	g.Expect(by.Reject(t.Context(), waiting[2])).To(Succeed())
	g.Expect(s.pages.Load()).To(Equal(int64(1)))
}
