package sandbox_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

const exchangeAddress = "/-/npm/v1/oidc/token/exchange/package/"

// config is the trusted publisher that the world's own ID tokens satisfy.
func (s *site) config(change func(spec.Claims)) spec.TrustedPublisher {
	claims := spec.Claims{}
	for _, claim := range []string{
		circleci.ClaimOrganization, circleci.ClaimProject, circleci.ClaimPipelineDefinition, circleci.ClaimContexts, circleci.ClaimVCSOrigin,
	} {
		claims[claim] = s.world.Claims()[claim]
	}
	if change != nil {
		change(claims)
	}
	return spec.TrustedPublisher{Type: circleci.Type, Claims: claims, Permissions: []string{spec.PermissionPublish}}
}

// trust sets trusted publishers and returns them as the registry has them.
func (s *site) trust(name string, configs ...spec.TrustedPublisher) []spec.TrustedPublisher {
	s.t.Helper()
	r := s.do(http.MethodPost, "/-/package/"+escaped(name)+"/trust", configs, s.session())
	s.Expect(r.status).To(Equal(200), r.body)
	var created []spec.TrustedPublisher
	s.Expect(json.Unmarshal([]byte(r.body), &created)).To(Succeed())
	return created
}

func (s *site) idToken(override map[string]any) spec.Secret {
	s.t.Helper()
	token, err := s.world.IDToken(s.world.Audience(), override)
	s.Expect(err).NotTo(HaveOccurred())
	return token
}

func (s *site) exchange(name string, token spec.Secret) reply {
	s.t.Helper()
	return s.do(http.MethodPost, exchangeAddress+escaped(name), nil, bearer(token))
}

// signedAnew returns the token with the signature of a key that is not the issuer's.
func signedAnew(t *testing.T, token spec.Secret) spec.Secret {
	t.Helper()
	g := NewWithT(t)
	same, _, err := jwt.NewParser().ParseUnverified(token.Reveal(), jwt.MapClaims{})
	g.Expect(err).NotTo(HaveOccurred())
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	g.Expect(err).NotTo(HaveOccurred())
	signed, err := same.SignedString(key)
	g.Expect(err).NotTo(HaveOccurred())
	return spec.NewSecret(signed)
}

func TestExchange(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "@s/p", version: "0.0.1", access: "public"}).status).To(Equal(200))
	s.Expect(s.put(publication{name: "untrusted", version: "0.0.1"}).status).To(Equal(200))
	s.trust("@s/p", s.config(func(c spec.Claims) { c[circleci.ClaimProject] = strings.ToUpper(c[circleci.ClaimProject].(string)) }))
	mint := func(override map[string]any) func() spec.Secret {
		return func() spec.Secret { return s.idToken(override) }
	}
	ago := func(d time.Duration) int64 { return s.clock.Now().Add(-d).Unix() }
	more := append([]string{"x"}, s.world.Claims()[circleci.ClaimContexts].([]string)...)
	const notFound = "OIDC token exchange error - package not found"
	const badRequest = "OIDC token exchange error - bad request"
	const unauthorized = "OIDC token exchange error - unauthorized"
	for name, c := range map[string]struct {
		name    string
		token   func() spec.Secret
		status  int
		message string
	}{
		"good":               {"@s/p", mint(nil), 201, ""},
		"more contexts":      {"@s/p", mint(map[string]any{circleci.ClaimContexts: more}), 201, ""},
		"no such package":    {"@s/none", mint(nil), 404, notFound},
		"no config":          {"untrusted", mint(nil), 404, notFound},
		"other project":      {"@s/p", mint(map[string]any{circleci.ClaimProject: "x"}), 404, notFound},
		"other definition":   {"@s/p", mint(map[string]any{circleci.ClaimPipelineDefinition: "x"}), 404, notFound},
		"other origin":       {"@s/p", mint(map[string]any{circleci.ClaimVCSOrigin: "github.com/agent-facets/other"}), 404, notFound},
		"no context":         {"@s/p", mint(map[string]any{circleci.ClaimContexts: []string{}}), 404, notFound},
		"no vcs claims":      {"@s/p", mint(map[string]any{circleci.ClaimVCSOrigin: nil, circleci.ClaimVCSRef: nil}), 404, notFound},
		"other org":          {"@s/p", mint(map[string]any{circleci.ClaimOrganization: "x"}), 404, notFound},
		"ssh rerun":          {"@s/p", mint(map[string]any{circleci.ClaimSSHRerun: true}), 404, notFound},
		"5 minutes old":      {"@s/p", mint(map[string]any{"iat": ago(5 * time.Minute)}), 201, ""},
		"too old":            {"@s/p", mint(map[string]any{"iat": ago(5*time.Minute + time.Second)}), 401, unauthorized},
		"expired":            {"@s/p", mint(map[string]any{"exp": ago(time.Second)}), 401, unauthorized},
		"of the future":      {"@s/p", mint(map[string]any{"iat": ago(-time.Minute)}), 401, unauthorized},
		"without iat":        {"@s/p", mint(map[string]any{"iat": nil}), 401, unauthorized},
		"other issuer":       {"@s/p", mint(map[string]any{"iss": "https://issuer.example.test"}), 401, unauthorized},
		"other audience":     {"@s/p", mint(map[string]any{"aud": s.world.Claims()[circleci.ClaimOrganization]}), 401, unauthorized},
		"no token":           {"@s/p", func() spec.Secret { return spec.NewSecret("npm_x") }, 400, badRequest},
		"other key":          {"@s/p", func() spec.Secret { return signedAnew(t, s.idToken(nil)) }, 401, unauthorized},
		"session as a token": {"@s/p", s.world.Session, 400, badRequest},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := s.exchange(c.name, c.token())
			g.Expect(r.status).To(Equal(c.status), r.body)
			g.Expect(r.field("message")).To(Equal(c.message))
			if c.status == 201 {
				g.Expect(r.field("token_type")).To(Equal("oidc"))
				g.Expect(r.field("token")).To(HavePrefix("npm_"))
				g.Expect(time.Parse(time.RFC3339, r.field("created"))).To(Equal(s.clock.Now()))
				g.Expect(time.Parse(time.RFC3339, r.field("expires"))).To(Equal(s.clock.Now().Add(time.Hour)))
			}
		})
	}
}

func TestExchangedTokenIsForOnePackage(t *testing.T) {
	s := serve(t, sandbox.Options{
		ScanDelay: func(spec.Name, spec.Version) time.Duration { return time.Minute }, OIDCDistTags: true,
	})
	otp := "npm-otp: " + s.world.OneTimePassword()
	put := func(p publication, headers ...string) reply {
		return s.do(http.MethodPut, "/"+escaped(p.name), p.body(t), headers...)
	}
	for _, name := range []string{"p", "q"} {
		s.Expect(put(publication{name: name, version: "0.0.1"}, s.session(), otp).status).To(Equal(200))
	}
	configs, err := json.Marshal([]spec.TrustedPublisher{s.config(nil)})
	s.Expect(err).NotTo(HaveOccurred())
	created := s.do(http.MethodPost, "/-/package/p/trust", string(configs), s.session(), otp)
	s.Expect(created.status).To(Equal(200))
	answer := s.exchange("p", s.idToken(nil)) // the package is in its scan window
	s.Expect(answer.status).To(Equal(201))
	token := bearer(spec.NewSecret(answer.field("token")))

	s.Expect(put(publication{name: "p", version: "1.0.0"}, token).status).To(Equal(200), "no second factor for CI")
	s.Expect(put(publication{name: "q", version: "1.0.0"}, token).status).To(Equal(404))
	s.Expect(s.do(http.MethodPut, "/-/package/p/dist-tags/next", `"1.0.0"`, token).status).To(Equal(200))
	s.Expect(s.do(http.MethodPut, "/-/package/q/dist-tags/next", `"0.0.1"`, token).status).To(Equal(404))
	s.Expect(s.get("/-/package/p/trust", token).status).To(Equal(401))
	s.Expect(s.do(http.MethodPost, "/-/package/p/trust", "[]", token).status).To(Equal(401))
	s.Expect(s.get("/-/whoami", token).status).To(Equal(401))

	s.clock.Pass(time.Minute)
	var m struct {
		User struct {
			Email            string
			TrustedPublisher struct{ ID, OIDCConfigID string }
		} `json:"_npmUser"`
	}
	s.Expect(json.Unmarshal([]byte(s.get("/p/1.0.0").body), &m)).To(Succeed())
	s.Expect(m.User.Email).To(HavePrefix("npm-oidc-no-reply@"))
	s.Expect(m.User.TrustedPublisher.ID).To(Equal("circleci"))
	s.Expect(created.body).To(ContainSubstring(m.User.TrustedPublisher.OIDCConfigID))

	s.clock.Pass(time.Hour)
	s.Expect(put(publication{name: "p", version: "1.0.1"}, token).status).To(Equal(404), "expired")
}

func TestOIDCPermissions(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "p", version: "0.0.1"}).status).To(Equal(200))
	staging := s.config(nil)
	staging.Permissions = []string{spec.PermissionStage}
	id := s.trust("p", staging)[0].ID
	p := publication{name: "p", version: "1.0.0"}
	token := func() string { return bearer(spec.NewSecret(s.exchange("p", s.idToken(nil)).field("token"))) }
	r := s.do(http.MethodPut, "/p", p.body(t), token())
	s.Expect(r.status).To(Equal(403))
	s.Expect(r.field("error")).To(Equal("OIDC permission denied for this action"))

	s.Expect(s.do(http.MethodDelete, "/-/package/p/trust/"+id, nil, s.session()).status).To(Equal(204))
	id = s.trust("p", s.config(nil))[0].ID
	held := token()
	s.Expect(s.do(http.MethodPut, "/-/package/p/dist-tags/next", `"0.0.1"`, held).status).To(Equal(403))
	s.Expect(s.do(http.MethodDelete, "/-/package/p/trust/"+id, nil, s.session()).status).To(Equal(204))
	s.Expect(s.do(http.MethodPut, "/p", p.body(t), held).status).To(Equal(404), "revoked since the exchange")
}

func TestUnprovenTrustExpires(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	for _, name := range []string{"proven", "unproven"} {
		s.Expect(s.put(publication{name: name, version: "0.0.1"}).status).To(Equal(200))
		s.trust(name, s.config(nil))
	}
	s.clock.Pass(48 * time.Hour)
	s.Expect(s.exchange("unproven", s.idToken(nil)).status).To(Equal(201))
	token := bearer(spec.NewSecret(s.exchange("proven", s.idToken(nil)).field("token")))
	s.Expect(s.do(http.MethodPut, "/proven", publication{name: "proven", version: "1.0.0"}.body(t), token).status).To(Equal(200))
	s.clock.Pass(time.Second)
	s.Expect(s.exchange("unproven", s.idToken(nil)).status).To(Equal(404))
	s.Expect(s.exchange("proven", s.idToken(nil)).status).To(Equal(201))
}

func TestMintingOverHTTP(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "p", version: "0.0.1"}).status).To(Equal(200))
	s.trust("p", s.config(nil))
	for query, status := range map[string]int{
		"":                                     201,
		"?aud=npm:127.0.0.1":                   201,
		"?aud=npm:registry.example.test":       401,
		"?age=4m":                              201,
		"?age=6m":                              401,
		"?age=soon":                            400, // and so no token
		"?ssh-rerun=true":                      404,
		"?vcs-origin=":                         404,
		"?vcs-ref=refs/heads/other":            201,
		"?context-ids=a&context-ids=b":         404,
		"?" + circleci.ClaimProject + "=other": 404,
	} {
		token := strings.TrimSpace(s.get("/circleci/oidc" + query).body)
		s.Expect(s.exchange("p", spec.NewSecret(token)).status).To(Equal(status), query)
	}
	organization := s.world.Claims()[circleci.ClaimOrganization].(string)
	discovery := s.get("/circleci/org/" + organization + "/.well-known/openid-configuration")
	s.Expect(discovery.field("issuer")).To(Equal("https://oidc.circleci.com/org/" + organization))
	s.Expect(s.get(discovery.field("jwks_uri")).body).To(ContainSubstring(`"kty":"RSA"`))
	s.Expect(s.get("/circleci/org/other/.well-known/openid-configuration").status).To(Equal(404))
}
