package provenance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
)

// MediaType is the type of bundle that is made here, and by npm 12.
const MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// Bundle is a signed statement with all that is needed to verify it offline. Numbers are strings, as in Protobuf's JSON.
type Bundle struct {
	MediaType            string   `json:"mediaType"`
	VerificationMaterial Material `json:"verificationMaterial"`
	DSSEEnvelope         Envelope `json:"dsseEnvelope"`
}

// Material says who signed, and which log has recorded it.
type Material struct {
	Certificate               *Certificate `json:"certificate,omitempty"`
	X509CertificateChain      *Chain       `json:"x509CertificateChain,omitempty"` // up to version 0.2
	TLogEntries               []LogEntry   `json:"tlogEntries"`
	TimestampVerificationData struct{}     `json:"timestampVerificationData"`
}

// Chain holds the certificates of older bundles, the signer's first.
type Chain struct {
	Certificates []Certificate `json:"certificates"`
}

// Certificate is a certificate in DER.
type Certificate struct {
	RawBytes []byte `json:"rawBytes"`
}

// LogEntry is an entry of the transparency log, with the log's promise to include it and the proof that it did.
type LogEntry struct {
	LogIndex string `json:"logIndex,omitempty"`
	LogID    struct {
		KeyID []byte `json:"keyId"`
	} `json:"logId"`
	KindVersion struct {
		Kind    string `json:"kind"`
		Version string `json:"version"`
	} `json:"kindVersion"`
	IntegratedTime    string            `json:"integratedTime,omitempty"`
	InclusionPromise  *InclusionPromise `json:"inclusionPromise,omitempty"`
	InclusionProof    *InclusionProof   `json:"inclusionProof,omitempty"`
	CanonicalizedBody []byte            `json:"canonicalizedBody"`
}

// InclusionPromise is the log's signature of an entry.
type InclusionPromise struct {
	SignedEntryTimestamp []byte `json:"signedEntryTimestamp"`
}

// InclusionProof leads from an entry to the root of the log's tree.
type InclusionProof struct {
	LogIndex   string   `json:"logIndex,omitempty"`
	RootHash   []byte   `json:"rootHash"`
	TreeSize   string   `json:"treeSize"`
	Hashes     [][]byte `json:"hashes,omitempty"`
	Checkpoint struct {
		Envelope string `json:"envelope"`
	} `json:"checkpoint"`
}

// New makes a bundle of a signed envelope, the signer's certificate and the log's entry.
func New(envelope Envelope, certificate []byte, entry LogEntry) Bundle {
	return Bundle{MediaType: MediaType, DSSEEnvelope: envelope, VerificationMaterial: Material{
		Certificate: &Certificate{RawBytes: certificate}, TLogEntries: []LogEntry{entry},
	}}
}

// Parse reads a bundle that a registry serves, of any version.
func Parse(document []byte) (Bundle, error) {
	var b Bundle
	if err := json.Unmarshal(document, &b); err != nil {
		return Bundle{}, fmt.Errorf("the provenance bundle cannot be read: %w", err)
	}
	return b, nil
}

// Statement returns the signed statement. Its predicate is decoded JSON.
func (b Bundle) Statement() (Statement, error) {
	var s Statement
	if b.DSSEEnvelope.PayloadType != payloadType {
		return s, fmt.Errorf("the provenance bundle holds %.100q, not %q", b.DSSEEnvelope.PayloadType, payloadType)
	}
	if err := json.Unmarshal(b.DSSEEnvelope.Payload, &s); err != nil {
		return s, fmt.Errorf("the provenance statement cannot be read: %w", err)
	}
	return s, nil
}

// Signer returns the signer's certificate.
func (b Bundle) Signer() (*x509.Certificate, error) {
	c := b.VerificationMaterial.Certificate
	if chain := b.VerificationMaterial.X509CertificateChain; c == nil && chain != nil && len(chain.Certificates) > 0 {
		c = &chain.Certificates[0]
	}
	if c == nil {
		return nil, errors.New("the provenance bundle has no certificate")
	}
	certificate, err := x509.ParseCertificate(c.RawBytes)
	if err != nil {
		return nil, fmt.Errorf("the certificate of the provenance bundle cannot be read: %w", err)
	}
	return certificate, nil
}

// Check checks that the bundle is signed, recorded, and about this subject. It does not ask whether certificate and log are to be
// trusted: the registry does, and so do those who install.
func (b Bundle) Check(want Subject) error {
	statement, err := b.Statement()
	if err != nil {
		return err
	}
	if len(statement.Subject) != 1 || statement.Subject[0] != want {
		return fmt.Errorf("the provenance is of another tarball: it states %s, not %s", subjects(statement.Subject), want)
	}
	certificate, err := b.Signer()
	if err != nil {
		return err
	}
	key, ok := certificate.PublicKey.(*ecdsa.PublicKey)
	if !ok || !b.DSSEEnvelope.signedBy(key) {
		return errors.New("the provenance statement is not signed by the certificate that comes with it")
	}
	if len(b.VerificationMaterial.TLogEntries) == 0 {
		return errors.New("the provenance bundle is recorded in no transparency log")
	}
	return b.VerificationMaterial.TLogEntries[0].check(b.DSSEEnvelope, certificate)
}

// String returns the subject with enough of its digest to tell two apart.
func (s Subject) String() string {
	return fmt.Sprintf("%.300s (sha512 %.12s…)", s.Name, s.Digest.SHA512)
}

func subjects(all []Subject) string {
	if len(all) == 1 {
		return all[0].String()
	}
	return fmt.Sprintf("%d subjects", len(all))
}

// JSON returns the bundle as it is sent.
func (b Bundle) JSON() ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // as npm, which counts the characters that it sends
	if err := e.Encode(b); err != nil {
		return nil, fmt.Errorf("the provenance bundle: %w", err)
	}
	return bytes.TrimSpace(text.Bytes()), nil
}
