package npm_test

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const idToken = "eyJ.id-token.signature"

func TestExchange(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.RequestURI {
		case "POST /-/npm/v1/oidc/token/exchange/package/@s%2fp":
			g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer " + idToken))
			g.Expect(r.ContentLength).To(BeZero())
			answer(201, `{"token_type":"oidc","token":"`+publish+`",
				"created":"2026-10-01T10:00:00.000Z","expires":"2026-10-01T11:00:00.000Z"}`)(w, r)
		default:
			g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer " + publish))
			answer(200, "")(w, r)
		}
	})
	granted, err := client.Exchange(t.Context(), scoped, spec.NewSecret(idToken))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(granted.Expires()).To(BeTemporally("==", time.Date(2026, 10, 1, 11, 0, 0, 0, time.UTC)))
	g.Expect(client.Publish(t.Context(), publication("x"), granted)).To(Succeed())
}

func TestMeaningOfExchanges(t *testing.T) {
	for _, c := range []struct {
		status               int
		body                 string
		refused, unsupported bool
		calls                int32
		says                 string
	}{
		{400, `{"message":"OIDC token exchange error - bad request"}`, true, false, 1, "bad request"},
		{401, `{"message":"OIDC token exchange error - unauthorized"}`, true, false, 1, "mint a new one"},
		{404, `{"message":"OIDC token exchange error - package not found"}`, true, false, 1, "fits the claims"},
		{404, `{"error":"File not found"}`, true, true, 1, "no token exchange"},
		{404, `<!DOCTYPE html><html><body><pre>Cannot POST</pre></body></html>`, true, true, 1, "no token exchange"},
		{302, ``, false, false, 1, "final address"},
		{500, `{"message":"OIDC token exchange error - whatever"}`, false, false, 4, "whatever"},
		{200, `{}`, false, false, 1, "no token"},
		{200, `<html>`, false, false, 1, "not what it should be"},
	} {
		g := NewWithT(t)
		var calls atomic.Int32
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			answer(c.status, c.body, "npm-notice", "got "+r.Header.Get("Authorization"), "Location", "/elsewhere")(w, r)
		})
		granted, err := client.Exchange(t.Context(), scoped, spec.NewSecret(idToken))
		g.Expect(granted.Empty()).To(BeTrue())
		g.Expect(err).To(MatchError(And(ContainSubstring("exchanging the ID token for @s/p"), ContainSubstring(c.says),
			Not(ContainSubstring(idToken)))))
		g.Expect(errors.Is(err, spec.ErrRefused)).To(Equal(c.refused), err.Error())
		g.Expect(errors.Is(err, spec.ErrUnsupported)).To(Equal(c.unsupported), err.Error())
		g.Expect(calls.Load()).To(Equal(c.calls), err.Error())
	}
	g := NewWithT(t)
	_, err := serve(t, answer(200, "")).Exchange(t.Context(), scoped, spec.Secret{})
	g.Expect(err).To(MatchError(ContainSubstring("no ID token")))
}
