package actor_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Who is trusted is looked up right before tokens are forbidden: somebody may have changed it since the plan was made.
func TestTokensAreForbiddenOnlyAsLongAsTheProofHolds(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	s.configure(t, "p", s.want)
	settle := func(tokens spec.Tokens, with string) (spec.Tokens, error) {
		t.Helper()
		err := actor.Settler{Registry: s.client}.Settle(t.Context(), "p", reconcile.Setting{
			Tokens: tokens, Proof: reconcile.Proof{Want: spec.TrustedPublishers{s.want}, By: s.want.Type, With: with},
		})
		is, failed := s.npm.Tokens("p")
		g.Expect(failed).NotTo(HaveOccurred())
		return is, err
	}
	have, err := s.client.TrustedPublishers(t.Context(), "p")
	g.Expect(err).NotTo(HaveOccurred())
	first := "oidc:" + have[0].ID

	is, err := settle(spec.TokensForbidden, "oidc:another")
	g.Expect(err).To(And(MatchError(spec.ErrRefused), MatchError(ContainSubstring("tokens of p stay as they are until there is a version that"))))
	g.Expect(is).NotTo(Equal(spec.TokensForbidden))
	is, err = settle(spec.TokensForbidden, first)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(is).To(Equal(spec.TokensForbidden))
	is, err = settle(spec.TokensAllowed, "oidc:another")
	g.Expect(err).NotTo(HaveOccurred(), "that locks nobody out")
	g.Expect(is).To(Equal(spec.TokensAllowed))

	g.Expect(s.trust(t.Context(), true)).To(Succeed()) // deletes and makes it
	is, err = settle(spec.TokensForbidden, first)
	g.Expect(err).To(And(MatchError(spec.ErrRefused), MatchError(ContainSubstring("made anew"))))
	g.Expect(is).To(Equal(spec.TokensAllowed))
}
