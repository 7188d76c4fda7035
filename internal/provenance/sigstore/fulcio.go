package sigstore

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// certificateRequest asks for a certificate. The proof is a signature of the ID token's subject.
type certificateRequest struct {
	Credentials struct {
		OIDCIdentityToken string `json:"oidcIdentityToken"`
	} `json:"credentials"`
	PublicKeyRequest struct {
		PublicKey struct {
			Algorithm string `json:"algorithm"`
			Content   string `json:"content"` // PEM
		} `json:"publicKey"`
		ProofOfPossession []byte `json:"proofOfPossession"`
	} `json:"publicKeyRequest"`
}

// issued is a certificate with its chain; the receipt of Fulcio's own log is in it or beside it.
type issued struct {
	Embedded issuedChain `json:"signedCertificateEmbeddedSct"`
	Detached issuedChain `json:"signedCertificateDetachedSct"`
}

type issuedChain struct {
	Chain struct {
		Certificates []string `json:"certificates"` // PEM, the new one first
	} `json:"chain"`
}

// certify gets a certificate for the key, of who the ID token says it is.
func (s *Signer) certify(ctx context.Context, key *ecdsa.PrivateKey, idToken spec.Secret) (*x509.Certificate, error) {
	subject, err := subjectOf(idToken)
	if err != nil {
		return nil, &Error{Party: IDToken, Err: err}
	}
	digest := sha256.Sum256([]byte(subject))
	proof, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return nil, fmt.Errorf("proving the key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("writing the public key: %w", err)
	}
	var request certificateRequest
	request.Credentials.OIDCIdentityToken = idToken.Reveal()
	request.PublicKeyRequest.PublicKey.Algorithm = "ECDSA"
	request.PublicKeyRequest.PublicKey.Content = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	request.PublicKeyRequest.ProofOfPossession = proof
	a, err := s.fulcio.post(ctx, "api/v2/signingCert", request)
	if err != nil {
		return nil, err
	}
	certificate, err := certificateOf(a.body, &key.PublicKey)
	if err != nil {
		return nil, &Error{Party: Fulcio, Err: err}
	}
	return certificate, nil
}

func certificateOf(document []byte, key *ecdsa.PublicKey) (*x509.Certificate, error) {
	var i issued
	if err := json.Unmarshal(document, &i); err != nil {
		return nil, fmt.Errorf("its answer cannot be read: %w", err)
	}
	chain := slices.Concat(i.Embedded.Chain.Certificates, i.Detached.Chain.Certificates)
	if len(chain) == 0 {
		return nil, errors.New("its answer holds no certificate")
	}
	block, _ := pem.Decode([]byte(chain[0]))
	if block == nil {
		return nil, errors.New("its certificate cannot be read")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("its certificate cannot be read: %w", err)
	}
	if !key.Equal(certificate.PublicKey) {
		return nil, errors.New("its certificate is for another key")
	}
	return certificate, nil
}

// subjectOf returns what the proof signs: the e-mail address of a human, else the subject.
func subjectOf(idToken spec.Secret) (string, error) {
	parts := strings.Split(idToken.Reveal(), ".")
	if len(parts) != 3 {
		return "", errors.New("it is not a JWT")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return "", errors.New("its payload cannot be decoded")
	}
	var claims struct {
		Subject  string `json:"sub"`
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // some issuers write "true"
	}
	if err := json.NewDecoder(bytes.NewReader(payload)).Decode(&claims); err != nil {
		return "", errors.New("its payload is no JSON")
	}
	switch {
	case claims.Email != "" && claims.Verified != true && claims.Verified != "true":
		return "", errors.New("its issuer has not verified its e-mail address")
	case claims.Email != "":
		return claims.Email, nil
	case claims.Subject == "":
		return "", errors.New("it has no subject")
	}
	return claims.Subject, nil
}
