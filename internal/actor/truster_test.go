package actor_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func one(o *sandbox.Options) { o.TrustLimit = 1 }

// other is the wanted trusted publisher with another value of one claim.
func (s *stage) other(claim, value string) spec.TrustedPublisher {
	p := s.want
	p.Claims = maps.Clone(p.Claims)
	p.Claims[claim] = value
	return p
}

// configured lists the projects of a package's trusted publishers, which tell them apart here.
func (s *stage) configured(t *testing.T, name spec.Name) []string {
	t.Helper()
	return s.claimsOf(t, name, circleci.ClaimProject)
}

// claimsOf lists one claim of a package's trusted publishers.
func (s *stage) claimsOf(t *testing.T, name spec.Name, claim string) (values []string) {
	t.Helper()
	publishers, err := s.client.TrustedPublishers(t.Context(), name)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, p := range publishers {
		values = append(values, p.Claims.Values(claim)...)
	}
	return values
}

func (s *stage) project() string { return s.want.Claims.Values(circleci.ClaimProject)[0] }

func (s *stage) configure(t *testing.T, name spec.Name, p spec.TrustedPublisher) {
	t.Helper()
	_, err := s.client.CreateTrustedPublisher(t.Context(), name, p)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
}

func (s *stage) trust(ctx context.Context, renew bool) error {
	what := reconcile.Trusting{Want: spec.TrustedPublishers{s.want}}
	if renew {
		what.Renew = &s.want
	}
	return actor.Truster{Registry: s.client}.Trust(ctx, "p", what)
}

func TestTrustIsCreated(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	g.Expect(s.trust(t.Context(), false)).To(MatchError(spec.ErrNotFound), "there must be a name first")
	s.seed(t, "p")
	g.Expect(s.trust(t.Context(), false)).To(Succeed())
	publishers, err := s.client.TrustedPublishers(t.Context(), "p")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(publishers).To(HaveLen(1))
	g.Expect(publishers[0].Differences(s.want)).To(BeEmpty())
	_, err = s.exchange().For(t.Context(), "p")
	g.Expect(err).NotTo(HaveOccurred(), "and it works")

	posts := s.requests(http.MethodPost, "/trust")
	g.Expect(s.trust(t.Context(), false)).To(Succeed())
	g.Expect(s.requests(http.MethodPost, "/trust")).To(Equal(posts), "what is there is left alone")
	g.Expect(s.requests(http.MethodDelete, "/trust")).To(BeZero())
}

// pipeline is the wanted trusted publisher's, for another pipeline of the same project.
func (s *stage) pipeline(id string) spec.TrustedPublisher {
	return s.other(circleci.ClaimPipelineDefinition, id)
}

// moved is the trusted publisher of the same repository at another organisation.
func (s *stage) moved() spec.TrustedPublisher {
	p := s.other(circleci.ClaimProject, "old")
	p.Claims[circleci.ClaimOrganization], p.Claims[circleci.ClaimPipelineDefinition] = "old", "old"
	return p
}

func TestTrustKeepsThatOfOtherPipelinesUnlessPruning(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	s.configure(t, "p", s.pipeline("development"))
	s.configure(t, "p", spec.TrustedPublisher{Type: "github", Claims: spec.Claims{circleci.ClaimProject: "theirs"}})
	g.Expect(s.trust(t.Context(), false)).To(Succeed())
	g.Expect(s.configured(t, "p")).To(HaveLen(3))
	g.Expect(s.requests(http.MethodDelete, "/trust")).To(BeZero())

	truster := actor.Truster{Registry: s.client}
	g.Expect(truster.Trust(t.Context(), "p", reconcile.Trusting{Want: spec.TrustedPublishers{s.want}, Prune: true})).To(Succeed())
	g.Expect(s.configured(t, "p")).To(Equal([]string{s.project()}))
}

func TestTrustRemovesOnlyWhatWasAgreedTo(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	other := func(project string) spec.TrustedPublisher {
		return spec.TrustedPublisher{Type: "github", Claims: spec.Claims{circleci.ClaimProject: project}}
	}
	for _, p := range []spec.TrustedPublisher{s.want, other("shown"), other("unseen"), s.moved()} {
		s.configure(t, "p", p)
	}
	err := actor.Truster{Registry: s.client}.Trust(t.Context(), "p", reconcile.Trusting{
		Want: spec.TrustedPublishers{s.want}, Prune: true, Removable: func(p spec.TrustedPublisher) bool { return p.Claims.Values(circleci.ClaimProject)[0] == "shown" },
	})
	g.Expect(err).To(And(MatchError(spec.ErrRefused), MatchError(ContainSubstring("did not show (2)"))))
	g.Expect(s.configured(t, "p")).To(ConsistOf(s.project(), "unseen", "old"))
}

func TestTrustMovesHouse(t *testing.T) {
	for _, limit := range []int{1, 10} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, func(o *sandbox.Options) { o.TrustLimit = limit })
			s.seed(t, "p")
			s.configure(t, "p", s.moved())
			g.Expect(s.trust(t.Context(), false)).To(Succeed())
			g.Expect(s.configured(t, "p")).To(Equal([]string{s.project()}))
		})
	}
}

func TestTrustMakesRoomByTheNearestThatIsOutdated(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, func(o *sandbox.Options) { o.TrustLimit = 2 })
	s.seed(t, "p")
	s.configure(t, "p", s.pipeline("development"))
	s.configure(t, "p", s.moved())
	g.Expect(s.trust(t.Context(), false)).To(Succeed())
	g.Expect(s.configured(t, "p")).To(ConsistOf(s.project(), s.project()), "development's and the wanted one")
}

func TestTrustTakesNoRoomFromOthers(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, one)
	s.seed(t, "p")
	s.configure(t, "p", spec.TrustedPublisher{Type: "github", Claims: spec.Claims{circleci.ClaimProject: "theirs"}})
	err := s.trust(t.Context(), false)
	g.Expect(err).To(MatchError(spec.ErrTrustExists))
	g.Expect(err).To(MatchError(ContainSubstring("--prune")))
	g.Expect(s.configured(t, "p")).To(Equal([]string{"theirs"}))
}

func TestTrustThatExpiredIsMadeAnew(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	g.Expect(s.trust(t.Context(), false)).To(Succeed())
	s.clock.Pass(49 * time.Hour)
	_, err := s.exchange().For(t.Context(), "p")
	g.Expect(err).To(MatchError(spec.ErrRefused), "nothing was published through it in time")

	g.Expect(s.trust(t.Context(), true)).To(Succeed())
	g.Expect(s.configured(t, "p")).To(Equal([]string{s.project()}))
	_, err = s.exchange().For(t.Context(), "p")
	g.Expect(err).NotTo(HaveOccurred())
}

func TestTrustThatCannotBeReplacedIsPutBack(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, one)
	s.seed(t, "p")
	s.configure(t, "p", s.other(circleci.ClaimProject, "old"))
	deleted := false
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && deleted {
			deleted = false // only the next one fails
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		deleted = deleted || r.Method == http.MethodDelete
		next.ServeHTTP(w, r)
	})
	err := s.trust(t.Context(), false)
	g.Expect(err).To(MatchError(ContainSubstring("the trusted publisher that p had was put back")))
	g.Expect(s.configured(t, "p")).To(Equal([]string{"old"}))
}

func TestTrustIsLookedForWhenTheAnswerIsLost(t *testing.T) {
	for _, limit := range []int{1, 10} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, func(o *sandbox.Options) { o.TrustLimit = limit })
			s.seed(t, "p")
			s.configure(t, "p", s.want)
			s.lose(http.MethodPost)
			g.Expect(s.trust(t.Context(), true)).To(Succeed())
			g.Expect(s.configured(t, "p")).To(Equal([]string{s.project()}), "one, and not twice")
		})
	}
}

func TestTrustThatIsLostIsSaidToBe(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, one)
	s.seed(t, "p")
	s.configure(t, "p", s.other(circleci.ClaimProject, "old"))
	deleted := false
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && deleted {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		deleted = deleted || r.Method == http.MethodDelete
		next.ServeHTTP(w, r)
	})
	err := s.trust(t.Context(), false)
	g.Expect(err).To(MatchError(ContainSubstring("p has lost the trusted publisher that it had")))
	s.fail(nil)
	g.Expect(s.configured(t, "p")).To(BeEmpty())
	g.Expect(s.trust(t.Context(), false)).To(Succeed(), "running again finishes it")
}

func TestTrustIsNotDroppedWhenItCannotBeDeleted(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, one)
	s.seed(t, "p")
	s.configure(t, "p", s.other(circleci.ClaimProject, "old"))
	s.refuse(http.StatusForbidden, http.MethodDelete, "/trust", always)
	g.Expect(s.trust(t.Context(), false)).To(MatchError(spec.ErrRefused))
	g.Expect(s.configured(t, "p")).To(Equal([]string{"old"}))
}

func TestAnInterruptedReplacementIsFinished(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, one)
	s.seed(t, "p")
	s.configure(t, "p", s.other(circleci.ClaimProject, "old"))
	ctx, cancel := context.WithCancel(t.Context())
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && ctx.Err() == nil && s.requests(http.MethodDelete, "/trust") > 0 {
			cancel() // the old one is gone, the new one not there yet
		}
		next.ServeHTTP(w, r)
	})
	g.Expect(s.trust(ctx, false)).To(Succeed())
	g.Expect(ctx.Err()).To(HaveOccurred())
	g.Expect(s.configured(t, "p")).To(Equal([]string{s.project()}))
}

func TestAnInterruptedReplacementThatFailsIsNoCancellation(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, one)
	s.seed(t, "p")
	s.configure(t, "p", s.other(circleci.ClaimProject, "old"))
	ctx, cancel := context.WithCancel(t.Context())
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && s.requests(http.MethodDelete, "/trust") > 0 {
			cancel()
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
	err := s.trust(ctx, false)
	g.Expect(err).To(And(MatchError(reconcile.ErrHalfDone), MatchError(ContainSubstring("p has lost the trusted publisher"))))
	g.Expect(err).NotTo(MatchError(context.Canceled))
}

func TestRemovalsThatFailedAreToldWhereTheRestWasInterrupted(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	s.configure(t, "p", s.want)
	s.configure(t, "p", s.moved())
	s.configure(t, "p", s.other(circleci.ClaimOrganization, "older"))
	ctx, cancel := context.WithCancel(t.Context())
	deletions := 0
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete {
			if deletions++; deletions > 1 {
				cancel()
			}
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
	err := actor.Truster{Registry: s.client}.Trust(ctx, "p", reconcile.Trusting{Want: spec.TrustedPublishers{s.want}, Prune: true})
	g.Expect(err).To(MatchError(spec.ErrRefused))
	g.Expect(err).NotTo(MatchError(context.Canceled))
}

func TestTrustTakesASession(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	err := actor.Truster{Registry: s.stranger(t)}.Trust(t.Context(), "p", reconcile.Trusting{Want: spec.TrustedPublishers{s.want}})
	g.Expect(err).To(MatchError(spec.ErrRefused))
	g.Expect(s.configured(t, "p")).To(BeEmpty())
}

func TestTrustIsNotLostWithTheAnswerToItsDeletion(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, one)
	s.seed(t, "p")
	s.configure(t, "p", s.moved())
	s.lose(http.MethodDelete)
	g.Expect(s.trust(t.Context(), false)).To(Succeed())
	g.Expect(s.configured(t, "p")).To(Equal([]string{s.project()}))
}

func TestTrustIsNotLostWhenInterruptedInItsDeletion(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, one)
	s.seed(t, "p")
	s.configure(t, "p", s.moved())
	ctx, cancel := context.WithCancel(t.Context())
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete {
			cancel()
		}
		next.ServeHTTP(w, r)
	})
	g.Expect(s.trust(ctx, false)).To(Succeed())
	g.Expect(s.configured(t, "p")).To(Equal([]string{s.project()}))
}

func TestTrustIsConfiguredWhereItCannotBeListedYet(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	s.refuse(http.StatusNotFound, http.MethodGet, "/trust", 1)
	g.Expect(s.trust(t.Context(), false)).To(Succeed())
	g.Expect(s.configured(t, "p")).To(Equal([]string{s.project()}))
}
