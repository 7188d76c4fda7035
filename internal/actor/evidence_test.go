package actor_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

func TestWithoutCredentialsNothingIsKnown(t *testing.T) {
	s := setUp(t)
	NewWithT(t).Expect(actor.Evidence{Now: s.clock.Now}.Trust(t.Context(), "p")).To(Equal(observed.Trust{At: s.clock.Now()}))
}

func TestASessionSeesAllTrustedPublishers(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	s.trusted(t, "q")
	e := actor.Evidence{Now: s.clock.Now, Session: s.client}
	absent := e.Trust(t.Context(), "absent")
	g.Expect(absent.Listed).To(BeFalse())
	g.Expect(absent.Err).To(MatchError(spec.ErrNotFound), "it may be there for others")
	g.Expect(e.Trust(t.Context(), "p")).To(Equal(observed.Trust{At: s.clock.Now(), Listed: true, Publishers: []spec.TrustedPublisher{}}))
	trust := e.Trust(t.Context(), "q")
	g.Expect(trust.Err).NotTo(HaveOccurred())
	g.Expect(trust.Listed).To(BeTrue())
	g.Expect(trust.Publishers).To(HaveLen(1))
	g.Expect(trust.Publishers[0].Differences(s.want)).To(BeEmpty())
	g.Expect(trust.Exchange).To(Equal(observed.Untried))
	g.Expect(s.requests(http.MethodPost, exchangePath)).To(BeZero())
}

func TestASessionThatIsRefusedLeavesTheQuestionOpen(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "p")
	trust := actor.Evidence{Now: s.clock.Now, Session: s.stranger(t)}.Trust(t.Context(), "p")
	g.Expect(trust.Listed).To(BeFalse())
	g.Expect(trust.Err).To(MatchError(spec.ErrRefused))

	s.refuse(http.StatusServiceUnavailable, http.MethodGet, "/trust", always)
	trust = actor.Evidence{Now: s.clock.Now, Session: s.client}.Trust(t.Context(), "p")
	g.Expect(trust.Listed).To(BeFalse())
	g.Expect(trust.Err).To(MatchError(ContainSubstring("503")))
}

func TestTheExchangeIsTheProbeInCI(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, s *stage)
		want    observed.Exchange
		differ  int
		says    string // of the refusal, or of the error
	}{
		{"taken", func(t *testing.T, s *stage) { s.trusted(t, "p") }, observed.ExchangeTaken, 0, ""},
		{"refused, as nothing is configured", func(t *testing.T, s *stage) { s.seed(t, "p") }, observed.ExchangeRefused, 0, "404"},
		{"refused, as there is no such name", func(*testing.T, *stage) {}, observed.ExchangeRefused, 0, "404"},
		{"refused, as it is another pipeline", func(t *testing.T, s *stage) {
			s.trusted(t, "p")
			s.job(map[string]any{circleci.ClaimPipelineDefinition: "other"})
		}, observed.ExchangeRefused, 1, "404"},
		{"no answer", func(t *testing.T, s *stage) {
			s.trusted(t, "p")
			s.refuse(http.StatusBadGateway, http.MethodPost, exchangePath, always)
		}, observed.Untried, 0, "502"},
		{"a registry without an exchange", func(_ *testing.T, s *stage) {
			s.refuse(http.StatusNotFound, http.MethodPost, exchangePath, always)
		}, observed.Untried, 0, "no token exchange"},
		{"no ID token", func(_ *testing.T, s *stage) { s.job(map[string]any{"fail": true}) }, observed.Untried, 0, "no ID token today"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			c.prepare(t, s)
			before := s.requests(http.MethodPut, "") + s.requests(http.MethodDelete, "")
			trust := actor.Evidence{Now: s.clock.Now, Exchange: s.exchange()}.Trust(t.Context(), "p")
			g.Expect(trust.Exchange).To(Equal(c.want))
			g.Expect(trust.Differences).To(HaveLen(c.differ))
			g.Expect(trust.Listed).To(BeFalse())
			switch c.want {
			case observed.ExchangeTaken:
				g.Expect(trust.Err).NotTo(HaveOccurred())
				g.Expect(trust.Refusal).NotTo(HaveOccurred())
			case observed.ExchangeRefused:
				g.Expect(trust.Err).NotTo(HaveOccurred())
				g.Expect(trust.Refusal).To(MatchError(ContainSubstring(c.says)))
			default:
				g.Expect(trust.Err).To(MatchError(ContainSubstring(c.says)))
				g.Expect(trust.Refusal).NotTo(HaveOccurred())
			}
			g.Expect(s.requests(http.MethodPut, "")+s.requests(http.MethodDelete, "")).To(Equal(before), "nothing is changed")
		})
	}
}

func TestBothKindsOfEvidenceAreGathered(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "p")
	trust := actor.Evidence{Now: s.clock.Now, Session: s.client, Exchange: s.exchange()}.Trust(t.Context(), "p")
	g.Expect(trust.Listed).To(BeTrue())
	g.Expect(trust.Exchange).To(Equal(observed.ExchangeTaken))
	g.Expect(trust.Err).NotTo(HaveOccurred())

	s.fail(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Error(w, r.Method, http.StatusBadGateway)
	})
	trust = actor.Evidence{Now: s.clock.Now, Session: s.client, Exchange: s.exchange()}.Trust(t.Context(), "p")
	g.Expect(trust.Err).To(MatchError(SatisfyAll(ContainSubstring("listing"), ContainSubstring("exchanging"))), "every failure is told")
}

func TestGatheringEvidenceShowsNoPage(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	registry, err := url.Parse(s.client.Registry())
	g.Expect(err).NotTo(HaveOccurred())
	shown := false
	asking, err := npm.New(npm.Options{Registry: registry, Session: s.npm.Session(), SecondFactor: &npm.SecondFactor{
		Show: func(context.Context, string) error { shown = true; return nil },
	}})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(asking.CloseIdleConnections)
	s.fail(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("WWW-Authenticate", "OTP")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"authUrl": "http://%s/auth", "doneUrl": "http://%[1]s/done"}`, r.Host)
	})
	trust := actor.Evidence{Now: s.clock.Now, Session: asking}.Trust(t.Context(), "p")
	g.Expect(trust.Err).To(MatchError(spec.ErrSecondFactor))
	g.Expect(trust.Listed).To(BeFalse())
	g.Expect(shown).To(BeFalse())
}
