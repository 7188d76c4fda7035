package actor_test

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// pipelines lists the pipelines of a package's trusted publishers.
func (s *stage) pipelines(t *testing.T, name spec.Name) []string {
	t.Helper()
	return s.claimsOf(t, name, circleci.ClaimPipelineDefinition)
}

func TestSeveralTrustedPublishersAreSetOneByOne(t *testing.T) {
	own := func(s *stage) string { return s.want.Claims.Values(circleci.ClaimPipelineDefinition)[0] }
	staging := func(s *stage) spec.TrustedPublisher {
		p := s.want
		p.Permissions = []string{spec.PermissionStage}
		return p
	}
	drifted := func(s *stage) spec.TrustedPublisher {
		p := s.pipeline("nightly")
		p.Claims[circleci.ClaimVCSOrigin] = "github.com/o/typo"
		return p
	}
	for name, c := range map[string]struct {
		limit   int
		have    func(s *stage) []spec.TrustedPublisher
		posts   int
		deletes int
		fails   bool
		left    func(s *stage) []string
	}{
		"none is there": {10, func(*stage) []spec.TrustedPublisher { return nil }, 2, 0, false,
			func(s *stage) []string { return []string{own(s), "nightly"} }},
		"one is there, and left alone": {10, func(s *stage) []spec.TrustedPublisher { return []spec.TrustedPublisher{s.want} }, 1, 0, false,
			func(s *stage) []string { return []string{own(s), "nightly"} }},
		"one may only stage": {10, func(s *stage) []spec.TrustedPublisher {
			return []spec.TrustedPublisher{staging(s), s.pipeline("nightly")}
		}, 1, 1, false,
			func(s *stage) []string { return []string{own(s), "nightly"} }},
		"one is outdated, and there is no room beside": {2,
			func(s *stage) []spec.TrustedPublisher { return []spec.TrustedPublisher{s.want, drifted(s)} }, 2, 1, false,
			func(s *stage) []string { return []string{own(s), "nightly"} }},
		"each replaces its own where one takes no room from another": {1,
			func(s *stage) []spec.TrustedPublisher { return []spec.TrustedPublisher{drifted(s)} }, 3, 1, true,
			func(*stage) []string { return []string{"nightly"} }},
		"the registry takes one only": {1, func(s *stage) []spec.TrustedPublisher { return []spec.TrustedPublisher{s.want} }, 1, 0, true,
			func(s *stage) []string { return []string{own(s)} }},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, func(o *sandbox.Options) { o.TrustLimit = c.limit })
			s.seed(t, "p")
			have := c.have(s)
			for _, p := range have {
				s.configure(t, "p", p)
			}
			posts := s.requests(http.MethodPost, "/trust")
			want := spec.TrustedPublishers{s.want, s.pipeline("nightly")}
			err := actor.Truster{Registry: s.client}.Trust(t.Context(), "p", reconcile.Trusting{Want: want})
			if c.fails {
				g.Expect(err).To(And(MatchError(spec.ErrTrustExists), MatchError(ContainSubstring("leave one in the state file"))))
			} else {
				g.Expect(err).NotTo(HaveOccurred())
			}
			g.Expect(s.pipelines(t, "p")).To(ConsistOf(c.left(s)))
			g.Expect(s.requests(http.MethodPost, "/trust") - posts).To(Equal(c.posts))
			g.Expect(s.requests(http.MethodDelete, "/trust")).To(Equal(c.deletes))
		})
	}
}

func TestOnlyTheTrustedPublisherThatIsRefusedIsRenewed(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	want := spec.TrustedPublishers{s.want, s.pipeline("nightly")}
	for _, p := range want {
		s.configure(t, "p", p)
	}
	before, err := s.client.TrustedPublishers(t.Context(), "p")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(actor.Truster{Registry: s.client}.Trust(t.Context(), "p", reconcile.Trusting{Want: want, Renew: &want[1]})).To(Succeed())
	after, err := s.client.TrustedPublishers(t.Context(), "p")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(after).To(HaveLen(2))
	g.Expect(after).To(ContainElement(before[0]))
	g.Expect(after).NotTo(ContainElement(before[1]), "a new one has two days again")
}
