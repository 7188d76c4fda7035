package circleci_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/circleci"
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
		spec.ClaimOrganization: org, spec.ClaimContexts: []string{context1, context2},
		spec.ClaimVCSOrigin: "github.com/agent-facets/facets", spec.ClaimSSHRerun: false,
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
	decoded, err := circleci.Decode(" " + raw + "\n")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(decoded.Secret.Reveal()).To(Equal(raw))
	g.Expect(decoded.Claims.Issuer).To(Equal("https://oidc.circleci.com/org/" + org))
	g.Expect(decoded.Claims.Subject).To(HavePrefix("org/" + org))
	g.Expect(decoded.Claims.Audience).To(Equal([]string{"one", "two"}))
	g.Expect(decoded.Claims.IssuedAt).To(BeTemporally("==", noon))
	g.Expect(decoded.Claims.Expires).To(BeTemporally("==", noon.Add(time.Hour)))
	g.Expect(decoded.Claims.Job.Values(spec.ClaimContexts)).To(Equal([]string{context1, context2}))
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
		"no JWT":        "npm_sssecret",
		"a fourth part": good + ".sssecret",
		"a header line": good + "\r\nX-Sssecret: 1",
		"bad base64":    "sss%ecret.sss%ecret.sss%ecret",
		"no JSON":       "c3NzZWNyZXQ.c3NzZWNyZXQ.c3NzZWNyZXQ",
		"odd times":     token(t, noon, map[string]any{"iat": "sssecret"}),
		"too large":     strings.Repeat("a", 33<<10),
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := circleci.Decode(raw)
			g.Expect(err).To(MatchError(ContainSubstring("ID token")))
			g.Expect(strings.ToLower(err.Error())).NotTo(Or(ContainSubstring("ecret"), ContainSubstring("c3nz")))
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjFlMzAwfQ.AA")
	f.Add("eyJhbGciOiJIUzI1NiJ9.bnVsbA.AA")
	f.Fuzz(func(t *testing.T, raw string) {
		decoded, err := circleci.Decode(raw)
		if err == nil && strings.ContainsAny(decoded.Secret.Reveal(), " \r\n") {
			t.Errorf("a token that no header may carry: %q", raw)
		}
		_ = decoded.Claims.Differences(spec.TrustedPublisher{}) // must not panic
	})
}
