package sandbox_test

import (
	"crypto/sha512"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
	"github.com/agent-facets/facets-reconcile/internal/provenance/sigstore"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// signed is the provenance of a publication, made in a job of this world.
func (s *site) signed(p publication, of sandbox.Job) string {
	s.t.Helper()
	signer, err := sigstore.New(sigstore.Options{Fulcio: s.url + "/sigstore/fulcio", Rekor: s.url + "/sigstore/rekor"})
	s.Expect(err).NotTo(HaveOccurred())
	token, err := s.world.IDTokenOf(of, sigstore.Audience)
	s.Expect(err).NotTo(HaveOccurred())
	subject, err := provenance.SubjectOf(spec.Name(p.name), spec.Version(p.version), spec.NewIntegrity(sha512.Sum512(p.tarball(s.t))))
	s.Expect(err).NotTo(HaveOccurred())
	statement, err := provenance.Origin{
		StatementType: provenance.StatementV1, PredicateType: provenance.SLSAV1, Predicate: map[string]any{},
	}.Statement(subject)
	s.Expect(err).NotTo(HaveOccurred())
	bundle, err := signer.Attest(s.t.Context(), token, statement)
	s.Expect(err).NotTo(HaveOccurred())
	text, err := bundle.JSON()
	s.Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// with attaches provenance.
func (p publication) with(bundle string) publication {
	p.change = func(document map[string]any) {
		document["_attachments"].(map[string]any)[p.name+"-"+p.version+".sigstore"] = map[string]any{
			"content_type": provenance.MediaType, "data": bundle, "length": len([]rune(bundle)),
		}
	}
	return p
}

func ofRepository(url string) map[string]any {
	return map[string]any{"repository": map[string]string{"type": "git", "url": url}}
}

func TestProvenanceThatIsRefused(t *testing.T) {
	s, other := serve(t, plain(sandbox.Options{})), serve(t, plain(sandbox.Options{}))
	ours := ofRepository("git+https://github.com/agent-facets/facets.git")
	p := publication{name: "p", version: "1.0.0", manifest: ours}
	github := sandbox.Job{Kind: "github"}
	for says, sent := range map[string]publication{
		"of another tarball": p.with(s.signed(publication{name: "p", version: "1.0.1"}, github)),
		`"repository.url" is "git+https://github.com/agent-facets/Facets.git", expected to match "https://github.com/agent-facets/facets"`: publication{
			name: "p", version: "1.0.0", manifest: ofRepository("git+https://github.com/agent-facets/Facets.git"),
		}.with(s.signed(p, github)),
		`"repository.url" is "", expected`:        publication{name: "p", version: "1.0.0"}.with(s.signed(p, github)),
		`repository visibility: \"private\"`:      p.with(s.signed(p, sandbox.Job{Kind: "github", Visibility: "private"})),
		`runner environment: \"self-hosted\"`:     p.with(s.signed(p, sandbox.Job{Kind: "github", Runner: "self-hosted"})),
		"Unsupported CI system":                   p.with(s.signed(p, sandbox.Job{Kind: "circleci"})),
		"certificate signed by unknown authority": p.with(other.signed(p, github)),
		"cannot be read":                          p.with("{"),
	} {
		r := s.put(sent)
		s.Expect(r.status).To(Equal(http.StatusUnprocessableEntity), says)
		s.Expect(r.field("error")).To(HavePrefix("Error verifying sigstore provenance bundle: "))
		s.Expect(r.field("error") + r.body).To(ContainSubstring(says))
	}
	s.Expect(s.get("/p").status).To(Equal(http.StatusNotFound), "none of them was taken")

	s.Expect(s.put(p.with(s.signed(p, github))).status).To(Equal(http.StatusOK))
	s.Expect(s.get("/p/1.0.0").body).To(ContainSubstring(`"url":"` + s.url + `/-/npm/v1/attestations/p@1.0.0"`))
	s.Expect(s.get("/-/npm/v1/attestations/p@1.0.0").body).To(ContainSubstring(`"predicateType":"https://slsa.dev/provenance/v1"`))
	for _, none := range []string{"p@1.0.1", "p", "q@1.0.0", "@1.0.0"} {
		s.Expect(s.get("/-/npm/v1/attestations/"+none).status).To(Equal(http.StatusNotFound), none)
	}
}
