package idtoken_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const (
	audience = "npm:registry.example.test"
	org      = "bfa561da-d33e-4a2a-a46d-48e096a828e0"
	context1 = "691cddb9-b839-41e8-bc5c-ebb4484a2a1f"
	context2 = "00000000-1111-4222-8333-444444444444"
)

var noon = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

// token signs an ID token as CircleCI issues them; more replaces claims, and takes those away that are nil.
func token(t *testing.T, issued time.Time, more map[string]any) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": "https://oidc.circleci.com/org/" + org, "sub": "org/" + org + "/project/p/user/u",
		"aud": audience, "iat": issued.Unix(), "exp": issued.Add(time.Hour).Unix(),
		circleci.ClaimOrganization: org, circleci.ClaimContexts: []string{context1, context2},
		circleci.ClaimVCSOrigin: "github.com/agent-facets/facets", circleci.ClaimSSHRerun: false,
	}
	for name, value := range more {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("any"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return signed
}

func TestDecode(t *testing.T) {
	g := NewWithT(t)
	raw := token(t, noon, map[string]any{"aud": []string{"one", "two"}})
	decoded, err := idtoken.Decode(" " + raw + "\n")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(decoded.Secret.Reveal()).To(Equal(raw))
	g.Expect(decoded.Claims.Issuer).To(Equal("https://oidc.circleci.com/org/" + org))
	g.Expect(decoded.Claims.Subject).To(HavePrefix("org/" + org))
	g.Expect(decoded.Claims.Audience).To(Equal([]string{"one", "two"}))
	g.Expect(decoded.Claims.IssuedAt).To(BeTemporally("==", noon))
	g.Expect(decoded.Claims.Expires).To(BeTemporally("==", noon.Add(time.Hour)))
	g.Expect(decoded.Claims.Job.Values(circleci.ClaimContexts)).To(Equal([]string{context1, context2}))
	g.Expect(decoded.Claims.Job).NotTo(HaveKey("aud"))

	marshalled, err := json.Marshal(decoded)
	g.Expect(err).NotTo(HaveOccurred())
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s", decoded, decoded, &decoded, decoded), string(marshalled)} {
		g.Expect(shown).To(ContainSubstring(org))
		g.Expect(shown).NotTo(ContainSubstring(raw))
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := token(t, noon, nil)
	for name, raw := range map[string]string{
		"nothing":       "",
		"not a JWT":     "npm_sssecret",
		"a fourth part": good + ".sssecret",
		"a header line": good + "\r\nX-Sssecret: 1",
		"bad base64":    "sss%ecret.sss%ecret.sss%ecret",
		"no JSON":       "c3NzZWNyZXQ.c3NzZWNyZXQ.c3NzZWNyZXQ",
		"odd times":     token(t, noon, map[string]any{"iat": "sssecret"}),
		"too large":     strings.Repeat("a", 33<<10),
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := idtoken.Decode(raw)
			g.Expect(err).To(MatchError(ContainSubstring("ID token")))
			g.Expect(strings.ToLower(err.Error())).NotTo(Or(ContainSubstring("ecret"), ContainSubstring("c3nz")))
		})
	}
}

// FuzzDecode reads any token. What it claims ends up in errors and reports.
func FuzzDecode(f *testing.F) {
	f.Add("eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjFlMzAwfQ.AA")
	f.Add("eyJhbGciOiJIUzI1NiJ9.bnVsbA.AA")
	f.Fuzz(func(t *testing.T, raw string) { decoded(t, raw) })
}

// FuzzClaims wraps any claims into a token.
func FuzzClaims(f *testing.F) {
	for _, claims := range []string{
		`{"aud":"npm:registry.example.test","iat":1790856000,"exp":1790859600}`,
		`{"aud":["\u001b[2J\u202e",null,1],"iss":"\u001b"}`, `{"aud":["\u001b[2J\u202e\u009b"],"iat":-1e308,"exp":1e308}`,
		`{"iat":1e400}`, `{"exp":"2026"}`, `{"iat":9223372036854775807,"exp":-9223372036854775808}`, `{"sub":{}}`, `[]`, `"x"`, `null`, `{}{}`,
		`{"oidc.circleci.com/context-ids":[[],{},1,null,"\u0000"],"oidc.circleci.com/ssh-rerun":"true","oidc.circleci.com/runner\u001b":1}`,
		`{"oidc.circleci.com/org-id":"\u202e","oidc.circleci.com/org-id":"b","OIDC.circleci.com/org-id":"c"}`,
		`{"workflow_ref":"@","job_workflow_ref":["//",""],"repository":"/","environment":"\u001b","aud":"https://github.com/"}`,
		`{"ci_config_ref_uri":"//@//","project_path":"/","runner_environment":["self-hosted"],"environment":null,"iss":"https://gitlab.com"}`,
		strings.Repeat(`{"a":`, 4000), strings.Repeat("[", 20_000),
	} {
		f.Add(claims)
	}
	f.Fuzz(func(t *testing.T, claims string) {
		decoded(t, "eyJhbGciOiJIUzI1NiJ9."+base64.RawURLEncoding.EncodeToString([]byte(claims))+".AA")
	})
}

// decoded reads a token in all the ways that there are, and looks at what comes of it.
func decoded(t *testing.T, raw string) {
	t.Helper()
	token, err := idtoken.Decode(raw)
	if err == nil && strings.ContainsAny(token.Secret.Reveal(), " \r\n") {
		t.Errorf("a token that no header may carry: %q", raw)
	}
	shown(t, err, raw)
	_ = circleci.Provider{}.Bars(token.Claims)
	differences := circleci.Provider{}.Differences(token.Claims, spec.TrustedPublisher{Claims: spec.Claims{
		circleci.ClaimOrganization: org, circleci.ClaimContexts: []string{context1}}})
	if err == nil && len(differences) == 0 && !strings.EqualFold(strings.Join(token.Claims.Job.Values(circleci.ClaimOrganization), ""), org) &&
		len(token.Claims.Job.Values(circleci.ClaimOrganization)) == 1 {
		t.Errorf("other claims are taken for the right ones: %v", token.Claims.Job)
	}
	for _, p := range providers.All() { // none of what is claimed may make them stumble
		want := spec.TrustedPublisher{Type: p.Facts().Type, Claims: spec.Claims{}}
		for _, claim := range p.Facts().Order {
			want.Claims[claim] = "wanted"
		}
		for _, d := range p.Differences(token.Claims, want) {
			_ = p.Explain(d.Claim, token.Claims, want, "")
		}
		_, _, _ = p.Describe(token.Claims), p.OwnAudience(token.Claims, want), p.SelfHosted(token.Claims, nil)
	}
	for _, variable := range []string{"NPM_ID_TOKEN", "CIRCLE_OIDC_TOKEN_V2"} {
		j := &job{env: map[string]string{variable: raw}, now: noon, mint: func() (string, error) { return raw, nil }}
		got, err := j.source().Token(t.Context())
		shown(t, err, raw)
		if err == nil && !slices.Contains(got.Claims.Audience, audience) {
			t.Errorf("a token for %q is handed out", got.Claims.Audience)
		}
	}
}

// shown tells whether an error can be shown at a terminal as it is, and keeps the token to itself.
func shown(t *testing.T, err error, raw string) {
	t.Helper()
	if err == nil {
		return
	}
	text := err.Error()
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Errorf("it would reach the terminal as it is: %q", text)
	}
	if raw = strings.TrimSpace(raw); len(raw) > 40 && strings.Contains(text, raw) {
		t.Errorf("it shows the token: %q", text)
	}
	if len(text) > 8<<10 {
		t.Errorf("%d bytes are no message: %.200q", len(text), text)
	}
}
