package npm_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Whoever reads a refusal learns what it means and what to do next.
func TestRefusalsOfNamesSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		status int
		words  string
		next   string
	}{
		{402, "You must sign up for private packages", "access public"},
		{403, `You do not have permission to publish "@s/p". Are you logged in as the correct user?`, "`npm owner add`"},
		{403, "Package name triggered spam detection; if you believe this is in error, please contact support.", "spam filter"},
		{403, "Package name too similar to existing package p; try renaming your package", "so similar to an existing one"},
		{403, "@s/p cannot be republished until 24 hours have passed.", "run again 24 hours after that"},
		{403, "Two-factor authentication or granular access token with bypass 2fa enabled is required to publish packages.",
			"session with a second factor"},
		{403, "Two-factor authentication is required to publish this package but an automation token was specified", "another kind"},
		{404, "Scope not found", "create the organisation"},
		{404, "Not found", "bad or expired"},
	} {
		t.Run(fmt.Sprint(c.status, c.words), func(t *testing.T) {
			g := NewWithT(t)
			err := serve(t, answer(c.status, fmt.Sprintf(`{"error":%q}`, c.words))).
				Publish(t.Context(), publication("x"), credential())
			g.Expect(err).To(MatchError(spec.ErrRefused))
			g.Expect(err).NotTo(MatchError(spec.ErrAlreadyPublished))
			g.Expect(err).To(MatchError(And(ContainSubstring("publishing @s/p@1.0.0"), ContainSubstring(c.words))))
			g.Expect(err).To(MatchError(ContainSubstring(c.next)))
		})
	}
}
