package sandbox_test

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func TestTokensAreForbiddenByAHumanAlone(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "@s/p", version: "1.0.0", access: "public"}).status).To(Equal(200))
	s.trust("@s/p", s.config(nil))
	automation := bearer(s.world.AutomationToken())
	send := func(version, token string) reply {
		return s.do(http.MethodPut, "/@s%2fp", publication{name: "@s/p", version: version}.body(t), token)
	}
	set := func(body map[string]any, token string) int {
		return s.do(http.MethodPost, "/-/package/@s%2fp/access", body, token).status
	}
	forbid := map[string]any{"publish_requires_tfa": true, "automation_token_overrides_tfa": false}

	s.Expect(send("1.1.0", automation).status).To(Equal(200))
	s.Expect(s.get("/-/whoami", automation).status).To(Equal(200))
	s.Expect(set(forbid, automation)).To(Equal(401))
	s.Expect(set(forbid, s.granted("@s/p"))).To(Equal(401))
	s.Expect(set(map[string]any{}, s.session())).To(Equal(400))
	s.Expect(s.world.Tokens("@s/p")).To(BeEmpty())

	s.Expect(set(forbid, s.session())).To(Equal(200))
	s.Expect(s.world.Tokens("@s/p")).To(Equal(spec.TokensForbidden))
	s.Expect(s.world.Access("@s/p")).To(Equal(spec.AccessPublic), "of which nothing was said")
	refused := send("1.2.0", automation)
	s.Expect(refused.status).To(Equal(403))
	s.Expect(refused.body).To(ContainSubstring("an automation token was specified"))
	s.Expect(send("1.2.0", s.granted("@s/p")).status).To(Equal(200), "a trusted publisher's is none")
	s.Expect(send("1.3.0", s.session()).status).To(Equal(200), "nor a human's session")

	s.Expect(set(map[string]any{"publish_requires_tfa": true, "automation_token_overrides_tfa": true}, s.session())).To(Equal(200))
	s.Expect(send("1.4.0", automation).status).To(Equal(200))
	_, err := s.world.Tokens("@s/none")
	s.Expect(err).To(MatchError(spec.ErrNotFound))
}
