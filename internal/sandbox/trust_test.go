package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func TestTrust(t *testing.T) {
	s := serve(t, plain(sandbox.Options{TrustLimit: 2}))
	const address = "/-/package/@s%2fp/trust"
	s.Expect(s.get(address, s.session()).status).To(Equal(404))
	s.Expect(s.put(publication{name: "@s/p", version: "1.0.0", access: "public"}).status).To(Equal(200))
	s.Expect(s.get(address, s.session()).body).To(MatchJSON(`[]`))
	s.Expect(s.get(address).status).To(Equal(401))

	first := s.trust("@s/p", s.config(nil))[0]
	s.Expect(first.ID).NotTo(BeEmpty())
	s.Expect(first.Permissions).To(ConsistOf(spec.PermissionPublish, spec.PermissionStage), "staging is always allowed")
	s.Expect(s.get(address, s.session()).body).To(And(ContainSubstring(first.ID), Not(ContainSubstring("created\""))))

	other := s.config(func(c spec.Claims) { delete(c, circleci.ClaimContexts) })
	conflict := func(config spec.TrustedPublisher) {
		t.Helper()
		r := s.do(http.MethodPost, address, []spec.TrustedPublisher{config}, s.session())
		s.Expect(r.status).To(Equal(409))
		s.Expect(r.field("error")).To(Equal("trusted publisher config already exists"))
	}
	conflict(s.config(nil))
	second := s.trust("@s/p", other)[0]
	conflict(s.config(func(c spec.Claims) { c[circleci.ClaimProject] = "third" }))

	s.Expect(s.do(http.MethodDelete, address+"/"+first.ID, nil, s.session()).status).To(Equal(204))
	s.Expect(s.do(http.MethodDelete, address+"/"+first.ID, nil, s.session()).status).To(Equal(404))
	s.Expect(s.get(address, s.session()).body).To(And(ContainSubstring(second.ID), Not(ContainSubstring(first.ID))))
	s.Expect(s.do(http.MethodPut, address, "[]", s.session()).status).To(Equal(405))
}

func TestTrustTellsItsAgeByOption(t *testing.T) {
	s := serve(t, plain(sandbox.Options{ShowTrustCreated: true}))
	s.Expect(s.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	since := s.clock.Now()
	config := s.config(nil)
	config.Created = since.Add(-time.Hour) // is the registry's to say
	s.Expect(s.trust("p", config)[0].Created).To(BeTemporally("==", since))
	s.clock.Pass(time.Hour)
	s.Expect(s.get("/-/package/p/trust", s.session()).body).To(ContainSubstring(`"created":"2026-11-01T12:00:00Z"`))
}

func TestBadTrustIsRefused(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	for name, change := range map[string]func(*spec.TrustedPublisher){
		"type":       func(c *spec.TrustedPublisher) { c.Type = "jenkins" },
		"permission": func(c *spec.TrustedPublisher) { c.Permissions = []string{"publish"} },
		"missing":    func(c *spec.TrustedPublisher) { delete(c.Claims, circleci.ClaimVCSOrigin) },
		"list":       func(c *spec.TrustedPublisher) { c.Claims[circleci.ClaimProject] = []string{"a", "b"} },
		"number":     func(c *spec.TrustedPublisher) { c.Claims[circleci.ClaimContexts] = 7 },
	} {
		config := s.config(nil)
		change(&config)
		s.Expect(s.do(http.MethodPost, "/-/package/p/trust", []spec.TrustedPublisher{config}, s.session()).status).To(Equal(400), name)
	}
	for _, body := range []string{"", "[]", "{}", "[1]", `[{"type":"circleci"}]`} {
		s.Expect(s.do(http.MethodPost, "/-/package/p/trust", body, s.session()).status).To(Equal(400), body)
	}
	s.Expect(s.get("/-/package/p/trust", s.session()).body).To(MatchJSON(`[]`))
}

func TestTrustNeedsASecondFactorToChange(t *testing.T) {
	s := serve(t, sandbox.Options{})
	otp := "npm-otp: " + s.world.OneTimePassword()
	s.Expect(s.do(http.MethodPut, "/p", publication{name: "p", version: "1.0.0"}.body(t), s.session(), otp).status).To(Equal(200))
	s.Expect(s.get("/-/package/p/trust", s.session()).status).To(Equal(200))
	asked := s.do(http.MethodPost, "/-/package/p/trust", []spec.TrustedPublisher{s.config(nil)}, s.session(), web)
	s.Expect(asked.field("doneUrl")).NotTo(BeEmpty())
	s.Expect(s.do(http.MethodDelete, "/-/package/p/trust/x", nil, s.session(), web).status).To(Equal(401))
}
