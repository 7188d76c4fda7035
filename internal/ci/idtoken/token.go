// Package idtoken finds and reads the ID tokens by which a job shows a registry who it is. It knows no CI system by name: a
// ci.Provider says where they come from. Read Source first; the command line makes one, actor.Exchange asks it.
//
// Source: npm's trusted publishing for the audience "npm:<registry host>" and for NPM_ID_TOKEN.
package idtoken

import (
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// maxToken bounds an ID token, in bytes; real ones have about 1500.
const maxToken = 32 << 10

// Token is an ID token and what it claims. It shows its claims to whoever formats or logs it, never the token.
type Token struct {
	Secret spec.Secret
	Claims ci.Claims
	From   string // where a Source found it: a variable's name or a command; "" after Decode
}

// ErrMalformed says that something is no ID token.
var ErrMalformed = errors.New("the ID token is malformed")

// Decode reads an ID token. It does not check the signature: the registry does, which knows the issuer's keys.
func Decode(raw string) (Token, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxToken {
		return Token{}, fmt.Errorf("%w: it is larger than %d bytes", ErrMalformed, maxToken)
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' }) { // base64's decoder overlooks line breaks
		return Token{}, fmt.Errorf("%w: it is not a JWT", ErrMalformed)
	}
	values := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(raw, values); err != nil {
		return Token{}, fmt.Errorf("%w: it is not a JWT", ErrMalformed) // the parser's own words may quote it
	}
	claims, err := newClaims(values)
	if err != nil {
		return Token{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return Token{Secret: spec.NewSecret(raw), Claims: claims}, nil
}

func newClaims(values jwt.MapClaims) (ci.Claims, error) {
	issuer, issuerErr := values.GetIssuer()
	subject, subjectErr := values.GetSubject()
	audience, audienceErr := values.GetAudience()
	issuedAt, issuedErr := values.GetIssuedAt()
	expires, expiresErr := values.GetExpirationTime()
	if err := errors.Join(issuerErr, subjectErr, audienceErr, issuedErr, expiresErr); err != nil {
		return ci.Claims{}, err
	}
	claims := ci.Claims{Issuer: issuer, Subject: subject, Audience: audience, Job: spec.Claims{}}
	if issuedAt != nil {
		claims.IssuedAt = issuedAt.Time
	}
	if expires != nil {
		claims.Expires = expires.Time
	}
	for name, value := range values {
		switch name {
		case "iss", "sub", "aud", "iat", "exp", "nbf":
		default:
			claims.Job[name] = value
		}
	}
	return claims, nil
}
