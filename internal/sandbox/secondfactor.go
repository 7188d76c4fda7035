package sandbox

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// challenge is a second factor or a login that waits for the browser.
type challenge struct {
	session  *session // whose second factor; nil: a login
	approved bool
	token    string // once approved: the npm-otp, or the session that the login opened
	expires  time.Time
}

// code is a second factor that was given out.
type code struct {
	session *session
	expires time.Time
}

const challengeLasts = 5 * time.Minute

// confirm asks for a second factor, unless the request brings one or the session confirmed one within the last minutes.
func (g *registry) confirm(r *http.Request, s *session) error {
	if s.automation || g.options.NoSecondFactor || g.credentials.confirmed(s, r.Header.Get("npm-otp")) {
		return nil
	}
	header := map[string]string{"WWW-Authenticate": "OTP"}
	if r.Header.Get("npm-auth-type") != "web" {
		message := "You must provide a one-time pass. Upgrade your client to npm@latest in order to use 2FA."
		return &answer{status: http.StatusUnauthorized, header: header, body: map[string]string{"error": message}}
	}
	authURL, doneURL := g.challenge(r, s)
	return &answer{status: http.StatusUnauthorized, header: header, body: map[string]string{
		"authUrl": authURL,
		"doneUrl": doneURL,
		"message": "A second factor is needed: open authUrl in your browser, or poll doneUrl and the sandbox approves by itself.",
	}}
}

func (g *registry) challenge(r *http.Request, s *session) (authURL, doneURL string) {
	id := g.credentials.challenge(s)
	return origin(r) + approvePath + id, origin(r) + donePath + "?authId=" + id
}

// approvePage is what a browser shows at authUrl: opening it is the approval.
func (g *registry) approvePage(rw http.ResponseWriter, r *http.Request, id string) error {
	if !isRead(r) {
		return methodNotAllowed()
	}
	if !g.credentials.approve(id) {
		return refuse(http.StatusNotFound, "Not found")
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := fmt.Fprint(rw, "<!doctype html><title>Sandbox</title><p>Approved. This is the sandbox, which asks for no "+
		"password and no key. Go back to the terminal.")
	return err
}

// poll answers at doneUrl. The first answer is "wait"; the next one holds the token, as if somebody had approved in the meantime. npm
// asks with the token that was challenged, pnpm with none; any other token is refused.
func (g *registry) poll(rw http.ResponseWriter, r *http.Request) error {
	id := r.URL.Query().Get("authId")
	c, known := g.credentials.pending(id)
	who := g.credentials.bearer(r)
	switch {
	case !known:
		return refuse(http.StatusNotFound, "Not found")
	case c.session != nil && who.token != "" && who.session != c.session:
		return unauthorized("Unauthorized")
	case !c.approved:
		g.credentials.approve(id)
		rw.Header().Set("Retry-After", "0") // no human has to act first
		return sendJSON(rw, http.StatusAccepted, struct{}{})
	}
	return sendJSON(rw, http.StatusOK, map[string]string{"token": c.token})
}

func (c *credentials) confirmed(s *session, otp string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	given, ok := c.codes[otp]
	return now.Before(s.confirmedUntil) || otp == c.typed || ok && given.session == s && now.Before(given.expires)
}

func (c *credentials) challenge(s *session) (id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	maps.DeleteFunc(c.challenges, func(_ string, c *challenge) bool { return now.After(c.expires) })
	maps.DeleteFunc(c.codes, func(_ string, c code) bool { return now.After(c.expires) })
	id = strings.ToLower(rand.Text())
	c.challenges[id] = &challenge{session: s, expires: now.Add(challengeLasts)}
	return id
}

func (c *credentials) pending(id string) (challenge, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if pending := c.challenges[id]; pending != nil && !c.now().After(pending.expires) {
		return *pending, true
	}
	return challenge{}, false
}

func (c *credentials) approve(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	pending := c.challenges[id]
	if pending == nil || now.After(pending.expires) {
		return false
	}
	if pending.approved {
		return true
	}
	pending.approved, pending.token = true, newToken()
	if pending.session == nil {
		c.sessions[pending.token] = &session{token: pending.token, user: firstUser}
		return true
	}
	c.codes[pending.token] = code{session: pending.session, expires: now.Add(challengeLasts)}
	if c.window > 0 {
		pending.session.confirmedUntil = now.Add(c.window)
	}
	return true
}
