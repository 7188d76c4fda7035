package sandbox

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// credentials holds all tokens of this process. They end with it.
type credentials struct {
	now    func() time.Time
	window time.Duration // of a second factor; negative: none
	first  spec.Secret   // the session that is there from the start
	typed  string        // the one-time password

	mu         sync.Mutex
	sessions   map[string]*session
	grants     map[string]*grant
	challenges map[string]*challenge
	codes      map[string]code // second factors given out, by npm-otp
}

// session is a human's login.
type session struct {
	token          string
	user           string
	confirmedUntil time.Time // no second factor is asked for till then
	automation     bool      // a granular token that bypasses the second factor: it publishes, and may change no settings
}

// grant is what a token from the exchange allows: writing one package.
type grant struct {
	name    spec.Name
	config  spec.TrustedPublisher
	by      string // the CI system's name
	expires time.Time
}

const (
	firstUser    = "sandbox"
	grantLasts   = time.Hour
	tokenPrefix  = "npm_"
	expiredToken = "Access token expired or revoked. Please try logging in again." //nolint:gosec // npm's words, no credential
)

func newCredentials(o Options) *credentials {
	c := &credentials{
		now: o.Now, window: o.SecondFactorWindow,
		sessions: map[string]*session{}, grants: map[string]*grant{},
		challenges: map[string]*challenge{}, codes: map[string]code{},
	}
	c.first = spec.NewSecret(c.open(session{user: firstUser}))
	var number [4]byte
	_, _ = rand.Read(number[:]) // never fails, says its documentation
	c.typed = fmt.Sprintf("%06d", binary.BigEndian.Uint32(number[:])%1_000_000)
	return c
}

func newToken() string { return tokenPrefix + rand.Text() }

// open opens a session and returns its token.
func (c *credentials) open(s session) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.token = newToken()
	c.sessions[s.token] = &s
	return s.token
}

func (c *credentials) grant(g grant) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	token := newToken()
	c.grants[token] = &g
	return token
}

// bearer is who sent a request: a session, a grant, or neither.
type bearer struct {
	token   string // "" when nothing was sent
	session *session
	grant   *grant
}

func (c *credentials) bearer(r *http.Request) bearer {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme == "" {
		return bearer{}
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return bearer{token: scheme} // matches no session and no grant
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	b := bearer{token: token, session: c.sessions[token]}
	if g := c.grants[token]; g != nil && c.now().Before(g.expires) {
		b.grant = g
	}
	return b
}

// writer returns the sender of a request that may write. Others get npm's answers: 401 without a token, 404 with a bad one.
func (c *credentials) writer(r *http.Request) (bearer, error) {
	b := c.bearer(r)
	switch {
	case b.token == "":
		return b, unauthorized("You must be logged in to publish packages.")
	case b.session == nil && b.grant == nil:
		a := refuse(http.StatusNotFound, "Not found")
		a.header = map[string]string{"npm-notice": expiredToken}
		return b, a
	}
	return b, nil
}

// human returns the session of a request, or 401.
func (c *credentials) human(r *http.Request) (*session, error) {
	if b := c.bearer(r); b.session != nil && !b.session.automation {
		return b.session, nil
	}
	return nil, unauthorized("Unauthorized")
}

func unauthorized(message string) *answer {
	a := refuse(http.StatusUnauthorized, "%s", message)
	a.header = map[string]string{"WWW-Authenticate": "Bearer"}
	return a
}
