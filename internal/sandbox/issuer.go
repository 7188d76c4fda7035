package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// issuer is CircleCI's. Its tokens name CircleCI's own address as issuer, as every reader of their claims expects, while
// the key is the sandbox's own.
type issuer struct {
	claims map[string]any
	maxAge time.Duration
	now    func() time.Time
	key    func() (*rsa.PrivateKey, error) // read when first needed
}

const (
	keyID         = "sandbox"
	idTokenLasts  = time.Hour
	issuerBase    = "https://oidc.circleci.com/org/"
	claimPrefix   = "oidc.circleci.com/"
	claimPipeline = claimPrefix + "pipeline-id"
	claimWorkflow = claimPrefix + "workflow-id"
	claimJob      = claimPrefix + "job-id"
)

func newIssuer(o Options) *issuer {
	claims := map[string]any{
		circleci.ClaimOrganization:       steadyID(o.Repository, "organization"),
		circleci.ClaimProject:            steadyID(o.Repository, "project"),
		circleci.ClaimPipelineDefinition: steadyID(o.Repository, "pipeline definition"),
		circleci.ClaimContexts:           []string{steadyID(o.Repository, "context")},
		circleci.ClaimVCSOrigin:          "github.com/" + o.Repository,
		circleci.ClaimVCSRef:             "refs/heads/main",
		circleci.ClaimSSHRerun:           false,
	}
	maps.Copy(claims, o.Claims)
	return &issuer{
		claims: claims, maxAge: o.IDTokenAge, now: o.Now,
		key: sync.OnceValues(signingKey),
	}
}

// audience is what npm expects of ID tokens for a registry at a host name.
func audience(hostname string) string { return "npm:" + hostname }

func issuerOf(claims map[string]any) string {
	return fmt.Sprint(issuerBase, claims[circleci.ClaimOrganization])
}

// subjectOf returns the subject of a token of the second version, with the vcs claims where there are any.
func subjectOf(claims map[string]any) string {
	subject := fmt.Sprintf("org/%v/project/%v/user/%s",
		claims[circleci.ClaimOrganization], claims[circleci.ClaimProject], steadyID(firstUser))
	if repository := claims[circleci.ClaimVCSOrigin]; repository != nil {
		subject += fmt.Sprintf("/vcs-origin/%v/vcs-ref/%v", repository, claims[circleci.ClaimVCSRef])
	}
	return subject
}

// mint makes an ID token as "circleci run oidc get" prints it.
func (i *issuer) mint(audience string, override map[string]any) (spec.Secret, error) {
	key, err := i.key()
	if err != nil {
		return spec.Secret{}, fmt.Errorf("making the key of ID tokens: %w", err)
	}
	claims := maps.Clone(i.claims)
	claims[claimPipeline], claims[claimWorkflow], claims[claimJob] = randomID(), randomID(), randomID()
	maps.Copy(claims, override)
	now := i.now()
	token := jwt.MapClaims{
		"iss": issuerOf(claims),
		"aud": []string{audience},
		"sub": subjectOf(claims),
		"iat": now.Unix(),
		"exp": now.Add(idTokenLasts).Unix(),
	}
	maps.Copy(token, claims)
	maps.DeleteFunc(token, func(_ string, value any) bool { return value == nil })
	unsigned := jwt.NewWithClaims(jwt.SigningMethodRS256, token)
	unsigned.Header["kid"] = keyID
	signed, err := unsigned.SignedString(key)
	if err != nil {
		return spec.Secret{}, fmt.Errorf("signing an ID token: %w", err)
	}
	return spec.NewSecret(signed), nil
}

// verify returns the claims of an ID token that this issuer made for the audience, a short while ago. The error wraps
// jwt.ErrTokenMalformed when it is no token at all.
func (i *issuer) verify(token, audience string) (spec.Claims, error) {
	key, err := i.key()
	if err != nil {
		return nil, err
	}
	claims := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithTimeFunc(i.now), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	if err != nil {
		return nil, err
	}
	if claims["iss"] != issuerOf(claims) {
		return nil, fmt.Errorf("its issuer %v is not that of its organization", claims["iss"])
	}
	issued, err := claims.GetIssuedAt()
	switch {
	case err != nil:
		return nil, err
	case issued == nil:
		return nil, errors.New("it does not say when it was issued")
	case i.now().Sub(issued.Time) > i.maxAge:
		return nil, fmt.Errorf("it was issued %s ago, more than %s", i.now().Sub(issued.Time).Round(time.Second), i.maxAge)
	}
	return spec.Claims(claims), nil
}

// steadyID makes the same UUID of the same words.
func steadyID(words ...string) string {
	sum := sha256.Sum256(fmt.Append(nil, words))
	return formatID(sum[:])
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
