package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// system is a CI system: what its ID tokens say about a job, and which variables its jobs find. Each system is a type of its own, in
// circleci.go, actions.go and gitlab.go.
type system interface {
	facts() facts
	claims(j Job) map[string]any
	issuer(claims map[string]any) string // the iss
	subject(claims map[string]any) string
	// fits compares one claim with what a trusted publisher asks for.
	fits(claim string, have spec.Claims, want any) bool
	// bars says why npm refuses the job whatever the trusted publisher asks for; "": nothing does.
	bars(have spec.Claims) string
	environ(j Job, d desk) ([]string, error)
}

// facts never change for a system.
type facts struct {
	kind string // of its trusted publishers
	name string // by which the registry calls its publishes
	home string // where the world serves its discovery document
	keys string // where it serves its keys, below home
	// Its tokens expire this long after they were issued, and are valid from this long before.
	lasts, early time.Duration
	job          Job // what a job is unless something else is said
}

// issuer makes a system's ID tokens. They name the real system's address as issuer, because readers of the claims expect that. The key is
// the same in every sandbox.
type issuer struct {
	system
	job Job // the world's own
	now func() time.Time
	key func() (*rsa.PrivateKey, error) // read when first needed

	mu      sync.Mutex
	tickets map[string]Job // by which jobs ask for tokens
}

func newIssuer(s system, job Job, now func() time.Time) *issuer {
	return &issuer{
		system: s, job: job.completedBy(s.facts().job), now: now, tickets: map[string]Job{},
		key: sync.OnceValues(signingKey),
	}
}

// keyID tells the systems' keys apart in tokens. There is only one key, because making one takes long.
func (i *issuer) keyID() string { return "sandbox-" + i.facts().kind }

// audience is what npm expects in ID tokens for a registry with this host name.
func audience(hostname string) string { return "npm:" + hostname }

// mint makes an ID token of a job.
func (i *issuer) mint(j Job, audience string) (spec.Secret, error) {
	key, err := i.key()
	if err != nil {
		return spec.Secret{}, fmt.Errorf("making the key of ID tokens: %w", err)
	}
	j = j.completedBy(i.job)
	claims := i.claims(j)
	maps.Copy(claims, j.Claims)
	f, issued := i.facts(), i.now().Add(-j.Age)
	token := jwt.MapClaims{
		"iss": i.issuer(claims),
		"aud": []string{audience},
		"sub": i.subject(claims),
		"iat": issued.Unix(),
		"exp": issued.Add(f.lasts).Unix(),
	}
	if f.early > 0 {
		token["aud"], token["nbf"], token["jti"] = audience, issued.Add(-f.early).Unix(), randomID()
	}
	maps.Copy(token, claims)
	maps.DeleteFunc(token, func(_ string, value any) bool { return value == nil })
	unsigned := jwt.NewWithClaims(jwt.SigningMethodRS256, token)
	unsigned.Header["kid"] = i.keyID()
	signed, err := unsigned.SignedString(key)
	if err != nil {
		return spec.Secret{}, fmt.Errorf("signing an ID token: %w", err)
	}
	return spec.NewSecret(signed), nil
}

// verify returns the claims of an ID token that this issuer made for the audience. It does not look at the token's age.
func (i *issuer) verify(token, audience string) (jwt.MapClaims, error) {
	key, err := i.key()
	if err != nil {
		return nil, err
	}
	claims := jwt.MapClaims{}
	find := func(t *jwt.Token) (any, error) {
		if t.Header["kid"] != i.keyID() {
			return nil, fmt.Errorf("its key %v is none of %s's", t.Header["kid"], i.facts().name)
		}
		return &key.PublicKey, nil
	}
	_, err = jwt.ParseWithClaims(token, claims, find,
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithTimeFunc(i.now), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	if err != nil {
		return nil, err
	}
	if _, ok := claims["iat"]; !ok {
		return nil, errors.New("it does not say when it was issued")
	}
	return claims, nil
}

// lacking returns the first claim of a job that does not fit a trusted publisher, or "".
func (i *issuer) lacking(have spec.Claims, config spec.TrustedPublisher) string {
	if config.Type != i.facts().kind {
		return "type"
	}
	for claim, want := range config.Claims {
		if !i.fits(claim, have, want) {
			return claim
		}
	}
	return ""
}

// discovery returns the document that says where the keys are.
func (i *issuer) discovery(r *http.Request) map[string]any {
	f := i.facts()
	return map[string]any{
		"issuer": i.issuer(i.ownClaims()), "jwks_uri": origin(r) + f.home + f.keys,
		"subject_types_supported": []string{"public"}, "response_types_supported": []string{"id_token"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}
}

// jwks returns the public key, as a key set.
func (i *issuer) jwks() (map[string]any, error) {
	key, err := i.key()
	if err != nil {
		return nil, err
	}
	return map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": i.keyID(),
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}}, nil
}

// ownClaims are those of the world's own job.
func (i *issuer) ownClaims() map[string]any {
	claims := i.claims(i.job)
	maps.Copy(claims, i.job.Claims)
	return claims
}

// steadyID returns a UUID that is always the same for the same words.
func steadyID(words ...string) string {
	sum := sha256.Sum256(fmt.Append(nil, words))
	return formatID(sum[:])
}

// steadyNumber returns a number that is always the same for the same words: GitHub and GitLab number what they hold.
func steadyNumber(words ...string) string {
	sum := sha256.Sum256(fmt.Append(nil, words))
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(sum[:])), 10)
}

func randomID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, says its documentation
	return formatID(id[:])
}

// formatID writes 16 bytes as a UUID of version 4.
func formatID(id []byte) string {
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	s := hex.EncodeToString(id[:16])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
