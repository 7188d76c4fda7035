package sigstore_test

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
	"github.com/agent-facets/facets-reconcile/internal/provenance/sigstore"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

const tarball = "a tarball"

// world is a sandbox with its Fulcio and Rekor, and the verifier that trusts them.
type world struct {
	*sandbox.World
	signer   *sigstore.Signer
	verifier *verify.Verifier
}

func newWorld(t *testing.T) world {
	t.Helper()
	g := NewWithT(t)
	w, err := sandbox.Open(sandbox.Options{Dir: t.TempDir(), Repository: "example/demo"})
	g.Expect(err).NotTo(HaveOccurred())
	server, err := w.Serve(t.Context(), "")
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { NewWithT(t).Expect(server.Close(context.Background())).To(Succeed()) })
	signer, err := sigstore.New(sigstore.Options{Fulcio: server.Fulcio(), Rekor: server.Rekor()})
	g.Expect(err).NotTo(HaveOccurred())
	document, err := w.TrustedRoot()
	g.Expect(err).NotTo(HaveOccurred())
	trusted, err := root.NewTrustedRootFromJSON(document)
	g.Expect(err).NotTo(HaveOccurred())
	verifier, err := verify.NewVerifier(trusted, verify.WithTransparencyLog(1), verify.WithIntegratedTimestamps(1))
	g.Expect(err).NotTo(HaveOccurred())
	return world{w, signer, verifier}
}

// sign makes the provenance of the tarball, as a job of a CI system does.
func (w world) sign(t *testing.T, kind string) []byte {
	t.Helper()
	g := NewWithT(t)
	token, err := w.IDTokenOf(sandbox.Job{Kind: kind}, sigstore.Audience)
	g.Expect(err).NotTo(HaveOccurred())
	subject, err := provenance.SubjectOf("@demo/cli", "1.0.0", spec.NewIntegrity(sha512.Sum512([]byte(tarball))))
	g.Expect(err).NotTo(HaveOccurred())
	statement, err := provenance.Origin{
		StatementType: provenance.StatementV1, PredicateType: provenance.SLSAV1, Predicate: map[string]any{"buildDefinition": map[string]any{}},
	}.Statement(subject)
	g.Expect(err).NotTo(HaveOccurred())
	signed, err := w.signer.Attest(t.Context(), token, statement)
	g.Expect(err).NotTo(HaveOccurred())
	text, err := signed.JSON()
	g.Expect(err).NotTo(HaveOccurred())
	return text
}

// verified is what `npm audit signatures` asks of a bundle: chain, log, signature, subject; and here also who signed.
func (w world) verified(text []byte, of, issuer, signer string) error {
	signed := &bundle.Bundle{}
	if err := signed.UnmarshalJSON(text); err != nil {
		return err
	}
	identity, err := verify.NewShortCertificateIdentity(issuer, "", signer, "")
	if err != nil {
		return err
	}
	digest := sha512.Sum512([]byte(of))
	_, err = w.verifier.Verify(signed, verify.NewPolicy(verify.WithArtifactDigest("sha512", digest[:]), verify.WithCertificateIdentity(identity)))
	return err
}

func TestSigstoresOwnVerifierTakesWhatIsMade(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	for kind, who := range map[string]struct{ issuer, signer string }{
		githubactions.Type: {"https://token.actions.githubusercontent.com",
			"https://github.com/example/demo/.github/workflows/publish.yml@refs/heads/main"},
		gitlab.Type: {"https://gitlab.com", "https://gitlab.com/example/demo//.gitlab-ci.yml@refs/heads/main"},
	} {
		t.Run(kind, func(t *testing.T) {
			g := NewWithT(t)
			w.sign(t, kind) // an entry more, so that the proof is not empty
			text := w.sign(t, kind)
			g.Expect(w.verified(text, tarball, who.issuer, who.signer)).To(Succeed())
			g.Expect(w.verified(text, "another tarball", who.issuer, who.signer)).NotTo(Succeed())
			g.Expect(w.verified(text, tarball, who.issuer, who.signer+"x")).NotTo(Succeed())
			g.Expect(other.verified(text, tarball, who.issuer, who.signer)).NotTo(Succeed(), "by another's root")
		})
	}
}

// TestTheVerifierSeesWhatTheProgramSees compares the program's own check, before it sends, with the verifier's.
func TestTheVerifierSeesWhatTheProgramSees(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t)
	text := w.sign(t, githubactions.Type)
	digest := sha512.Sum512([]byte(tarball))
	want := provenance.Subject{Name: "pkg:npm/%40demo/cli@1.0.0", Digest: provenance.Digest{SHA512: hex.EncodeToString(digest[:])}}
	for name, change := range map[string]func(*provenance.Bundle){
		"the payload":   func(b *provenance.Bundle) { b.DSSEEnvelope.Payload[0] ^= 1 },
		"the signature": func(b *provenance.Bundle) { b.DSSEEnvelope.Signatures[0].Sig[8] ^= 1 },
		"the proof":     func(b *provenance.Bundle) { b.VerificationMaterial.TLogEntries[0].InclusionProof.Hashes[0][0] ^= 1 },
		"the root":      func(b *provenance.Bundle) { b.VerificationMaterial.TLogEntries[0].InclusionProof.RootHash[0] ^= 1 },
		"the entry":     func(b *provenance.Bundle) { b.VerificationMaterial.TLogEntries[0].CanonicalizedBody[90] ^= 1 },
		"no log":        func(b *provenance.Bundle) { b.VerificationMaterial.TLogEntries = nil },
	} {
		read, err := provenance.Parse(text)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(read.Check(want)).To(Succeed())
		change(&read)
		changed, err := read.JSON()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(read.Check(want)).NotTo(Succeed(), "the program, "+name)
		g.Expect(w.verified(changed, tarball, "https://token.actions.githubusercontent.com",
			"https://github.com/example/demo/.github/workflows/publish.yml@refs/heads/main")).NotTo(Succeed(), "the verifier, "+name)
	}
}
