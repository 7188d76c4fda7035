package sandbox

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// certificateLasts is for how long Fulcio certifies a key.
const certificateLasts = 10 * time.Minute

func (s *sigstore) serveFulcio(rw http.ResponseWriter, r *http.Request, path string) error {
	keys, err := s.keys()
	if err != nil {
		return err
	}
	switch {
	case path == "api/v2/trustBundle" && isRead(r):
		return sendJSON(rw, http.StatusOK, map[string]any{
			"chains": []map[string]any{{"certificates": []string{pemOf(keys.authority), pemOf(keys.root)}}},
		})
	case path == "api/v2/signingCert" && r.Method == http.MethodPost:
		return s.certify(rw, r, keys)
	}
	return grpcError(http.StatusNotFound, "Not Found")
}

// certify issues a certificate for the identity in an ID token, to a client that proves that it has the private key.
func (s *sigstore) certify(rw http.ResponseWriter, r *http.Request, keys *sigstoreKeys) error {
	var request struct {
		Credentials struct {
			Token string `json:"oidcIdentityToken"`
		} `json:"credentials"`
		PublicKeyRequest struct {
			PublicKey struct{ Content string } `json:"publicKey"`
			Proof     []byte                   `json:"proofOfPossession"`
		} `json:"publicKeyRequest"`
	}
	if err := readJSON(r, &request); err != nil {
		return err
	}
	_, claims, err := s.issuers.verify(request.Credentials.Token, "sigstore")
	if err != nil {
		return grpcError(http.StatusUnauthorized, "There was an error processing the identity token")
	}
	block, _ := pem.Decode([]byte(request.PublicKeyRequest.PublicKey.Content))
	if block == nil {
		return grpcError(http.StatusBadRequest, "The public key supplied in the request could not be parsed")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := public.(*ecdsa.PublicKey)
	subject := sha256.Sum256([]byte(fmt.Sprint(claims["sub"])))
	if err != nil || !ok || !ecdsa.VerifyASN1(key, subject[:], request.PublicKeyRequest.Proof) {
		return grpcError(http.StatusBadRequest, "The signature supplied in the request could not be verified")
	}
	identity, err := identityOf(claims)
	if err != nil {
		return err
	}
	now := s.now()
	template := &x509.Certificate{
		NotBefore: now.Add(-time.Second), NotAfter: now.Add(certificateLasts), URIs: []*url.URL{identity.uri},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: identity.extensions,
	}
	certificate, err := keys.certify(template, keys.authority, keys.authorityKey, key)
	if err != nil {
		return err
	}
	return sendJSON(rw, http.StatusOK, map[string]any{"signedCertificateEmbeddedSct": map[string]any{
		"chain": map[string]any{"certificates": []string{pemOf(certificate), pemOf(keys.authority), pemOf(keys.root)}},
	}})
}

// grpcError is a refusal by Fulcio, in the form that gRPC's gateway gives it.
func grpcError(status int, message string) *answer {
	return &answer{status: status, body: map[string]any{"code": 3, "message": message, "details": []any{}}}
}

func authorityOf(name string, below int) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{Organization: []string{"sandbox"}, CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		MaxPathLen: below, MaxPathLenZero: below == 0, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// certify signs a template. Without a parent the certificate is self-signed.
func (k *sigstoreKeys) certify(
	template, parent *x509.Certificate, by *ecdsa.PrivateKey, public crypto.PublicKey,
) (*x509.Certificate, error) {
	var err error
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 159)); err != nil {
		return nil, err
	}
	if template.NotBefore.IsZero() {
		template.NotBefore, template.NotAfter = k.since, k.since.AddDate(10, 0, 0)
	}
	if template.IsCA {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, by)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

func pemOf(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// identity is who a certificate is for.
type identity struct {
	uri        *url.URL
	extensions []pkix.Extension
}

// identityOf translates the claims of an ID token as Fulcio does (its oid-info.md).
func identityOf(claims spec.Claims) (identity, error) {
	text := func(claim string) string {
		value, _ := claims[claim].(string)
		return value
	}
	var uri string
	var of map[int]string // by the last number of 1.3.6.1.4.1.57264.1
	issuer := text("iss")
	switch {
	case issuer == "https://token.actions.githubusercontent.com":
		const home = "https://github.com/"
		uri = home + text("job_workflow_ref")
		of = map[int]string{
			9: uri, 10: text("job_workflow_sha"), 11: text("runner_environment"), 12: home + text("repository"), 13: text("sha"), 14: text("ref"),
			15: text("repository_id"), 16: home + text("repository_owner"), 17: text("repository_owner_id"), 18: home + text("workflow_ref"),
			19: text("workflow_sha"), 20: text("event_name"), 22: text("repository_visibility"),
			21: home + text("repository") + "/actions/runs/" + text("run_id") + "/attempts/" + text("run_attempt"),
		}
	case issuer == "https://gitlab.com":
		home, kind := issuer+"/", map[string]string{"tag": "tags", "branch": "heads"}[text("ref_type")]
		uri = "https://" + text("ci_config_ref_uri")
		of = map[int]string{
			9: uri, 10: text("ci_config_sha"), 11: text("runner_environment"), 12: home + text("project_path"), 13: text("sha"),
			14: "refs/" + kind + "/" + text("ref"), 15: text("project_id"), 16: home + text("namespace_path"), 17: text("namespace_id"), 18: uri,
			19: text("ci_config_sha"), 20: text("pipeline_source"), 22: text("project_visibility"),
			21: home + text("project_path") + "/-/jobs/" + text("job_id"),
		}
	case strings.HasPrefix(issuer, "https://oidc.circleci.com/org/"):
		const claim = "oidc.circleci.com/"
		uri = "https://circleci.com/api/v2/projects/" + text(claim+"project-id") + "/pipeline-definitions/" + text(claim+"pipeline-definition-id")
		of = map[int]string{9: uri, 12: "https://" + text(claim+"vcs-origin"), 14: text(claim + "vcs-ref"), 18: uri}
	default:
		return identity{}, grpcError(http.StatusBadRequest, "The identity token's issuer is not one that Fulcio knows")
	}
	of[8] = issuer
	parsed, err := url.Parse(uri)
	if err != nil {
		return identity{}, err
	}
	who := identity{uri: parsed}
	for number := 8; number <= 22; number++ {
		if of[number] == "" {
			continue
		}
		value, err := asn1.MarshalWithParams(of[number], "utf8")
		if err != nil {
			return identity{}, err
		}
		who.extensions = append(who.extensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, number}, Value: value})
	}
	return who, nil
}
