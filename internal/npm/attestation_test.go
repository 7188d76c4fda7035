package npm_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"unicode/utf16"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestPublishSendsProvenanceBesideTheTarball(t *testing.T) {
	g := NewWithT(t)
	var document struct {
		Attachments map[string]struct {
			ContentType string `json:"content_type"`
			Data        string
			Length      int
		} `json:"_attachments"`
	}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.ContentLength).To(Equal(int64(len(body))))
		g.Expect(json.Unmarshal(body, &document)).To(Succeed())
		answer(201, `{"success":true}`)(w, r)
	})
	const bundle = `{"checkpoint":"a\n\n— log <b> 𝄞"}`
	p := publication("tarball")
	p.Bundle = &npm.Bundle{MediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", Data: []byte(bundle)}
	g.Expect(client.Publish(t.Context(), p, credential())).To(Succeed())
	g.Expect(document.Attachments).To(And(HaveLen(2), HaveKey("@s/p-1.0.0.tgz")))
	sent := document.Attachments["@s/p-1.0.0.sigstore"]
	g.Expect(sent.Data).To(Equal(bundle))
	g.Expect(sent.ContentType).To(Equal(p.Bundle.MediaType))
	g.Expect(sent.Length).To(Equal(len(utf16.Encode([]rune(bundle)))), "as JavaScript counts")
}

func TestProvenanceThatIsServed(t *testing.T) {
	for name, test := range map[string]struct {
		status       int
		body, bundle string
		is           error
	}{
		"beside what the registry attests": {200, `{"attestations": [
			{"predicateType": "https://github.com/npm/attestation/tree/main/specs/publish/v0.1", "bundle": {"a": 1}},
			{"predicateType": "https://slsa.dev/provenance/v1", "bundle": {"b": 2}}]}`, `{"b": 2}`, nil},
		"GitLab's":        {200, `{"attestations": [{"predicateType": "https://slsa.dev/provenance/v0.2", "bundle": {"c": 3}}]}`, `{"c": 3}`, nil},
		"none":            {200, `{"attestations": []}`, "", spec.ErrNotFound},
		"of no version":   {404, `{"error": "Not found"}`, "", spec.ErrNotFound},
		"not to be read":  {403, `{}`, "", spec.ErrRefused},
		"not understood":  {200, `[]`, "", errAny},
		"the wrong shape": {200, `{"attestations": "odd"}`, "", errAny},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var asked string
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked = r.URL.EscapedPath()
				answer(test.status, test.body)(w, r)
			})
			bundle, err := client.Provenance(t.Context(), scoped, "1.0.0-rc.1")
			g.Expect(asked).To(Equal("/-/npm/v1/attestations/@s%2fp@1.0.0-rc.1"))
			switch {
			case test.is == nil:
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(bundle).To(MatchJSON(test.bundle))
			case errors.Is(test.is, errAny):
				g.Expect(err).To(And(HaveOccurred(), Not(MatchError(spec.ErrNotFound))))
			default:
				g.Expect(err).To(MatchError(test.is))
			}
		})
	}
}

var errAny = errors.New("any but an absence")

func TestWhetherEverybodyMayRead(t *testing.T) {
	for body, want := range map[string]bool{`{"public": true}`: true, `{"public": false}`: false, `{}`: false} {
		g := NewWithT(t)
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			g.Expect(r.URL.EscapedPath()).To(Equal("/-/package/@s%2fp/visibility"))
			g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer " + publish))
			answer(200, body)(w, r)
		})
		public, err := client.Public(t.Context(), scoped, credential())
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(public).To(Equal(want), body)
	}
	g := NewWithT(t)
	_, err := serve(t, answer(404, `{}`)).Public(t.Context(), scoped, credential())
	g.Expect(err).To(MatchError(spec.ErrNotFound))
}
