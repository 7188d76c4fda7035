package sigstore_test

import (
	"context"
	"crypto/sha512"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
	"github.com/agent-facets/facets-reconcile/internal/provenance/sigstore"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// world is Fulcio and Rekor on this machine, behind what breaks them.
type world struct {
	*sandbox.Server
	world  *sandbox.World
	token  spec.Secret
	breaks *atomic.Pointer[breaker]
}

// breaker answers in the world's place, or lets next do so.
type breaker func(rw http.ResponseWriter, r *http.Request, next http.Handler)

func serve(t *testing.T) world {
	t.Helper()
	g := NewWithT(t)
	var breaks atomic.Pointer[breaker]
	w, err := sandbox.Open(sandbox.Options{
		Dir: t.TempDir(), Repository: "agent-facets/facets", Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if b := breaks.Load(); b != nil {
					(*b)(rw, r, next)
				} else {
					next.ServeHTTP(rw, r)
				}
			})
		},
	})
	g.Expect(err).NotTo(HaveOccurred())
	server, err := w.Serve(t.Context(), "")
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(server.Close(context.Background())).To(Succeed()) })
	token, err := w.IDToken(sigstore.Audience, nil)
	g.Expect(err).NotTo(HaveOccurred())
	return world{server, w, token, &breaks}
}

func (w world) signer(t *testing.T) *sigstore.Signer {
	t.Helper()
	s, err := sigstore.New(sigstore.Options{Fulcio: w.Fulcio(), Rekor: w.Rekor(), Timeout: 5 * time.Second})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return s
}

func subject(t *testing.T, version spec.Version) provenance.Subject {
	t.Helper()
	s, err := provenance.SubjectOf("@demo/cli", version, spec.NewIntegrity(sha512.Sum512([]byte(version))))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return s
}

func statement(t *testing.T, of provenance.Subject) []byte {
	t.Helper()
	s, err := provenance.Origin{StatementType: provenance.StatementV1, PredicateType: provenance.SLSAV1, Predicate: map[string]any{}}.Statement(of)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return s
}

func TestABundleIsOfItsTarballAlone(t *testing.T) {
	g := NewWithT(t)
	w := serve(t)
	signer := w.signer(t)
	for _, version := range []spec.Version{"1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.0.5"} { // the tree grows, and so do the proofs
		bundle, err := signer.Attest(t.Context(), w.token, statement(t, subject(t, version)))
		g.Expect(err).NotTo(HaveOccurred())
		text, err := bundle.JSON()
		g.Expect(err).NotTo(HaveOccurred())
		read, err := provenance.Parse(text)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(read.Check(subject(t, version))).To(Succeed())
		g.Expect(read.Check(subject(t, "9.9.9"))).To(MatchError(ContainSubstring("of another tarball")))
	}
}

func TestABundleThatWasChangedIsRefused(t *testing.T) {
	w := serve(t)
	other, err := w.signer(t).Attest(t.Context(), w.token, statement(t, subject(t, "1.0.1")))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for name, test := range map[string]struct {
		change func(*provenance.Bundle)
		says   string
	}{
		"another payload": {func(b *provenance.Bundle) {
			b.DSSEEnvelope.Payload = append([]byte(" "), b.DSSEEnvelope.Payload...)
		}, "not signed by the certificate"},
		"another certificate": {func(b *provenance.Bundle) {
			b.VerificationMaterial.Certificate = other.VerificationMaterial.Certificate
		}, "not signed by the certificate"},
		"no certificate": {func(b *provenance.Bundle) { b.VerificationMaterial.Certificate = nil }, "has no certificate"},
		"no log":         {func(b *provenance.Bundle) { b.VerificationMaterial.TLogEntries = nil }, "in no transparency log"},
		"another entry": {func(b *provenance.Bundle) {
			b.VerificationMaterial.TLogEntries = other.VerificationMaterial.TLogEntries
		}, "another statement"},
		"an entry of another signature": {func(b *provenance.Bundle) {
			entry := &b.VerificationMaterial.TLogEntries[0]
			entry.CanonicalizedBody = []byte(strings.Replace(string(entry.CanonicalizedBody), `"signature":"M`, `"signature":"N`, 1))
		}, "another signature"},
		"another proof": {func(b *provenance.Bundle) {
			b.VerificationMaterial.TLogEntries[0].InclusionProof.Hashes[0][0] ^= 1
		}, "another root"},
		"a proof that is cut": {func(b *provenance.Bundle) { b.VerificationMaterial.TLogEntries[0].InclusionProof.Hashes = nil }, "too short"},
		"another tree": {func(b *provenance.Bundle) {
			b.VerificationMaterial.TLogEntries[0].InclusionProof.Checkpoint.Envelope = "x"
		}, "another tree"},
		"a tree of another size": {func(b *provenance.Bundle) {
			proof := b.VerificationMaterial.TLogEntries[0].InclusionProof
			proof.Checkpoint.Envelope = strings.Replace(proof.Checkpoint.Envelope, "\n"+proof.TreeSize+"\n", "\n9999\n", 1)
		}, "another tree"},
		"another type": {func(b *provenance.Bundle) { b.DSSEEnvelope.PayloadType = "text/plain" }, "text/plain"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			b, err := w.signer(t).Attest(t.Context(), w.token, statement(t, subject(t, "1.0.0")))
			g.Expect(err).NotTo(HaveOccurred())
			test.change(&b)
			g.Expect(b.Check(subject(t, "1.0.0"))).To(MatchError(ContainSubstring(test.says)))
		})
	}
}

// TestBundlesOfOthersAreRead is about what other clients have made: they are compared as far as this program knows their form.
func TestBundlesOfOthersAreRead(t *testing.T) {
	w := serve(t)
	for name, change := range map[string]func(*provenance.Bundle){
		"version 0.1 has the log's promise alone": func(b *provenance.Bundle) { b.VerificationMaterial.TLogEntries[0].InclusionProof = nil },
		"up to version 0.2 with a chain": func(b *provenance.Bundle) {
			b.VerificationMaterial.X509CertificateChain = &provenance.Chain{Certificates: []provenance.Certificate{*b.VerificationMaterial.Certificate}}
			b.VerificationMaterial.Certificate = nil
		},
		"a log's entry of another form": func(b *provenance.Bundle) {
			entry := &b.VerificationMaterial.TLogEntries[0]
			entry.CanonicalizedBody = []byte(`{"apiVersion":"0.0.2","kind":"dsse","spec":{"dsseV002":{}}}`)
			entry.InclusionProof = nil
		},
	} {
		g := NewWithT(t)
		b, err := w.signer(t).Attest(t.Context(), w.token, statement(t, subject(t, "1.0.0")))
		g.Expect(err).NotTo(HaveOccurred())
		change(&b)
		g.Expect(b.Check(subject(t, "1.0.0"))).To(Succeed(), name)
		g.Expect(b.Check(subject(t, "9.9.9"))).NotTo(Succeed(), name)
	}
}

// breaking answers the first times requests for a path in the world's place.
func breaking(path string, times int, answer http.HandlerFunc) breaker {
	return func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, path) && times > 0 {
			times--
			answer(rw, r)
			return
		}
		next.ServeHTTP(rw, r)
	}
}

func status(code int) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, `{"message":"out of order"}`, code) }
}

const (
	certifying = "/signingCert"
	recording  = "/log/entries"
)

func TestTroubleThatPassesIsWaitedFor(t *testing.T) {
	w := serve(t)
	for name, breaks := range map[string]breaker{
		"Fulcio is down for a moment": breaking(certifying, 2, status(503)),
		"Rekor is down for a moment":  breaking(recording, 3, status(502)),
		"Rekor is busy": breaking(recording, 1, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Retry-After", "0")
			rw.WriteHeader(http.StatusTooManyRequests)
		}),
		"the line to Rekor breaks": breaking(recording, 1, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
	} {
		t.Run(name, func(t *testing.T) {
			w.breaks.Store(&breaks)
			b, err := w.signer(t).Attest(t.Context(), w.token, statement(t, subject(t, "1.0.0")))
			g := NewWithT(t)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(b.Check(subject(t, "1.0.0"))).To(Succeed())
		})
	}
}

// TestAnEntryWhoseAnswerWasLost is what npm's own client fails of: the log has the entry, and says so when it is asked again.
func TestAnEntryWhoseAnswerWasLost(t *testing.T) {
	g := NewWithT(t)
	w := serve(t)
	lost := false
	lose := breaker(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, recording) && !lost {
			lost = true
			next.ServeHTTP(httptest.NewRecorder(), r)
			rw.WriteHeader(http.StatusGatewayTimeout)
			return
		}
		next.ServeHTTP(rw, r)
	})
	w.breaks.Store(&lose)
	b, err := w.signer(t).Attest(t.Context(), w.token, statement(t, subject(t, "1.0.0")))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(b.Check(subject(t, "1.0.0"))).To(Succeed())
}

func TestTroubleThatStays(t *testing.T) {
	w := serve(t)
	for name, test := range map[string]struct {
		breaks  breaker
		party   sigstore.Party
		passing bool
		calls   int // of two attempts: the second does not try again and again
	}{
		"Fulcio is down":      {breaking(certifying, 99, status(503)), sigstore.Fulcio, true, 8},
		"Rekor is down":       {breaking(recording, 99, status(500)), sigstore.Rekor, true, 8},
		"Fulcio says no":      {breaking(certifying, 99, status(400)), sigstore.Fulcio, false, 2},
		"Rekor says no":       {breaking(recording, 99, status(400)), sigstore.Rekor, false, 2},
		"Rekor talks rubbish": {breaking(recording, 99, func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<html>")) }), sigstore.Rekor, false, 2},
		"Fulcio sends the token elsewhere": {breaking(certifying, 99, func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "/elsewhere", http.StatusTemporaryRedirect)
		}), sigstore.Fulcio, false, 2},
		"Fulcio repeats what it was sent": {breaking(certifying, 99, func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(http.StatusBadRequest)
			_, _ = io.Copy(rw, r.Body)
		}), sigstore.Fulcio, false, 2},
		"Rekor asks for an hour": {breaking(recording, 99, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Retry-After", "3600")
			rw.WriteHeader(http.StatusTooManyRequests)
		}), sigstore.Rekor, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			w.breaks.Store(&test.breaks)
			before, signer := len(w.world.Requests()), w.signer(t)
			for range 2 {
				_, err := signer.Attest(t.Context(), w.token, statement(t, subject(t, "1.0.0")))
				g.Expect(err).To(MatchError(ContainSubstring(string(test.party))))
				g.Expect(sigstore.Passing(err)).To(Equal(test.passing))
				g.Expect(err.Error()).NotTo(ContainSubstring(w.token.Reveal()[:20]))
			}
			calls := 0
			for _, r := range w.world.Requests()[before:] {
				if strings.HasSuffix(r.Path, certifying) && test.party == sigstore.Fulcio || strings.HasSuffix(r.Path, recording) {
					calls++
				}
			}
			g.Expect(calls).To(Equal(test.calls))
		})
	}
}

func TestTheIDToken(t *testing.T) {
	g := NewWithT(t)
	w := serve(t)
	other, err := w.world.IDToken("npm:registry.example.test", nil)
	g.Expect(err).NotTo(HaveOccurred())
	for says, token := range map[string]spec.Secret{
		"not a JWT":    spec.NewSecret("x"),
		"no subject":   spec.NewSecret("e30.e30.e30"),
		"answered 401": other,
	} {
		_, err := w.signer(t).Attest(t.Context(), token, statement(t, subject(t, "1.0.0")))
		g.Expect(err).To(MatchError(ContainSubstring(says)))
	}
}

func TestProbe(t *testing.T) {
	g := NewWithT(t)
	w := serve(t)
	g.Expect(w.signer(t).Probe(t.Context())).To(Succeed())
	down := breaking("/api/v1/log", 99, status(503))
	w.breaks.Store(&down)
	g.Expect(w.signer(t).Probe(t.Context())).To(MatchError(ContainSubstring("Rekor")))
}

func TestAddressesThatWouldShowATokenToOthers(t *testing.T) {
	for _, address := range []string{"http://fulcio.example.test", "ftp://127.0.0.1", "fulcio.example.test", "https://u:p@fulcio.example.test"} {
		_, err := sigstore.New(sigstore.Options{Fulcio: address})
		NewWithT(t).Expect(err).To(HaveOccurred(), address)
	}
}

func TestTheBundleIsAsNPMWritesIt(t *testing.T) {
	g := NewWithT(t)
	w := serve(t)
	b, err := w.signer(t).Attest(t.Context(), w.token, statement(t, subject(t, "1.0.0")))
	g.Expect(err).NotTo(HaveOccurred())
	text, err := b.JSON()
	g.Expect(err).NotTo(HaveOccurred())
	var read struct {
		MediaType            string
		VerificationMaterial map[string]json.RawMessage
		DSSEEnvelope         map[string]json.RawMessage `json:"dsseEnvelope"`
	}
	g.Expect(json.Unmarshal(text, &read)).To(Succeed())
	g.Expect(read.MediaType).To(Equal("application/vnd.dev.sigstore.bundle.v0.3+json"))
	g.Expect(read.VerificationMaterial).To(HaveLen(3))
	g.Expect(string(read.VerificationMaterial["timestampVerificationData"])).To(Equal("{}"))
	g.Expect(read.DSSEEnvelope).To(HaveLen(3))
}
