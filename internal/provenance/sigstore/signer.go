package sigstore

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
)

// Audience is the audience that Fulcio expects in ID tokens.
const Audience = "sigstore"

// The public instances; npm's registry takes bundles of these.
const (
	publicFulcio = "https://fulcio.sigstore.dev"
	publicRekor  = "https://rekor.sigstore.dev"
)

// Options of a Signer; all have defaults.
type Options struct {
	Fulcio, Rekor string // base URLs; "": the public ones
	UserAgent     string
	Transport     http.RoundTripper // nil: net/http's
	Patience      time.Duration     // longest Retry-After that is waited for; default 1 min
	Timeout       time.Duration     // of one attempt; default 20 s: npm's 5 are too few for a log that is slow (ChainSafe/lodestar#9703)
}

// Signer signs statements. It is safe for concurrent use.
type Signer struct{ fulcio, rekor *service }

// New returns a Signer. It sends nothing.
func New(o Options) (*Signer, error) {
	fulcio, err := newService(Fulcio, o.Fulcio, publicFulcio, o)
	if err != nil {
		return nil, err
	}
	rekor, err := newService(Rekor, o.Rekor, publicRekor, o)
	if err != nil {
		return nil, err
	}
	return &Signer{fulcio: fulcio, rekor: rekor}, nil
}

// Attest signs a statement with a key that is used only once, and has the log record it. Its error is an *Error.
func (s *Signer) Attest(ctx context.Context, idToken spec.Secret, statement []byte) (provenance.Bundle, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return provenance.Bundle{}, fmt.Errorf("a key for the provenance: %w", err)
	}
	certificate, err := s.certify(ctx, key, idToken)
	if err != nil {
		return provenance.Bundle{}, err
	}
	envelope, err := provenance.Seal(statement, key)
	if err != nil {
		return provenance.Bundle{}, err
	}
	entry, err := s.record(ctx, envelope, certificate)
	if err != nil {
		return provenance.Bundle{}, err
	}
	return provenance.New(envelope, certificate.Raw, entry), nil
}

// Probe tells whether both services can be reached, by reading what each shows to everybody.
func (s *Signer) Probe(ctx context.Context) error {
	_, fulcio := s.fulcio.get(ctx, "api/v2/trustBundle")
	_, rekor := s.rekor.get(ctx, "api/v1/log")
	if Passing(fulcio) { // what does not pass decides
		return errors.Join(rekor, fulcio)
	}
	return errors.Join(fulcio, rekor)
}

// base reads a base URL, to which an ID token may go.
func base(party Party, given, standard string) (*url.URL, error) {
	if given == "" {
		given = standard
	}
	u, err := url.Parse(given)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the URL of %s: %q is no https address", party, given)
	case u.Scheme != "https" && !(u.Scheme == "http" && spec.Loopback(u.Hostname())):
		return nil, fmt.Errorf("the URL of %s: %q is not encrypted: it has to begin with https", party, given)
	}
	return u, nil
}
