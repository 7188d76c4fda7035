package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// exchange returns a token that may write one package, for an ID token that fits one of the package's trusted publishers. Like npm it
// does not tell the client why it refuses; the log does.
func (g *registry) exchange(rw http.ResponseWriter, r *http.Request, name spec.Name) error {
	if r.Method != http.MethodPost {
		return methodNotAllowed()
	}
	by, config, err := g.trusted(r, name)
	var refusal *exchangeRefusal
	if errors.As(err, &refusal) {
		g.options.Log.Info("exchange refused", "package", name, "status", refusal.status, "reason", refusal.reason)
		return &answer{status: refusal.status, body: map[string]string{
			"message": "OIDC token exchange error - " + refusal.message,
		}}
	}
	if err != nil {
		return err
	}
	created := g.options.Now().UTC()
	expires := created.Add(grantLasts)
	token := g.credentials.grant(grant{name: name, config: config, by: by, expires: expires})
	return sendJSON(rw, http.StatusCreated, map[string]string{
		"token_type": "oidc", "token": token, "created": created.Format(time.RFC3339), "expires": expires.Format(time.RFC3339),
	})
}

type exchangeRefusal struct {
	status  int
	message string // in npm's words
	reason  string // for the log
}

func (e *exchangeRefusal) Error() string { return e.message + ": " + e.reason }

// trusted returns the trusted publisher that the request's ID token fits, and the name of the CI system.
func (g *registry) trusted(r *http.Request, name spec.Name) (by string, _ spec.TrustedPublisher, _ error) {
	none := func(status int, message, format string, args ...any) (string, spec.TrustedPublisher, error) {
		return "", spec.TrustedPublisher{}, &exchangeRefusal{status, message, fmt.Sprintf(format, args...)}
	}
	notFound := func(format string, args ...any) (string, spec.TrustedPublisher, error) {
		return none(http.StatusNotFound, "package not found", format, args...)
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return none(http.StatusUnauthorized, "unauthorized", "no bearer token")
	}
	issuer, claims, err := g.issuers.verify(token, audience(hostname(r)))
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return none(http.StatusBadRequest, "bad request", "%v", err)
	case err != nil:
		return none(http.StatusUnauthorized, "unauthorized", "%v", err)
	case g.options.OnlyHosted && claims[githubactions.ClaimRunner] == selfHosted:
		return notFound("the job runs on a machine of its owner's")
	}
	if reason := issuer.bars(claims); reason != "" {
		return notFound("%s", reason)
	}
	p, err := g.find(name)
	if errors.Is(err, spec.ErrNotFound) {
		return notFound("there is no such package")
	}
	if err != nil {
		return "", spec.TrustedPublisher{}, err
	}
	reason := "it has no trusted publisher"
	var match *spec.TrustedPublisher
	for _, t := range p.Trust {
		if t.expired(g.options.Now()) {
			reason = "a trusted publisher expired: nothing was published through it within " + unprovenTrust.String()
		} else if claim := issuer.lacking(claims, t.Config); claim != "" {
			reason = "the claim " + claim + " differs from a trusted publisher's"
		} else if match == nil || slices.Contains(t.Config.Permissions, spec.PermissionPublish) {
			match = &t.Config
		}
	}
	if match == nil {
		return notFound("%s", reason)
	}
	return issuer.facts().name, *match, nil
}
