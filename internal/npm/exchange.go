package npm

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Exchange gives an ID token, whose audience is Audience, for a credential that may publish this package and no other.
// A refusal wraps spec.ErrRefused; where the registry knows no such exchange, spec.ErrUnsupported too. npm refuses ID tokens
// that are older than about five minutes.
func (c *Client) Exchange(ctx context.Context, name spec.Name, idToken spec.Secret) (Credential, error) {
	k := call{operation: "exchanging the ID token for", name: name, method: http.MethodPost, token: idToken,
		path: "-/npm/v1/oidc/token/exchange/package/" + name.Escaped(), command: "publish", meaning: meaningOfExchange}
	if err := named(k.operation, name); err != nil {
		return Credential{}, err
	}
	if idToken.Empty() {
		return Credential{}, fmt.Errorf("%s: there is no ID token", subject(k.operation, name, ""))
	}
	a, err := c.ask(ctx, c.calls, k)
	if err != nil {
		return Credential{}, err
	}
	var granted struct {
		Token   string `json:"token"`
		Expires any    `json:"expires"`
	}
	if err := a.decode(k, &granted); err != nil {
		return Credential{}, err
	}
	if granted.Token == "" {
		return Credential{}, fmt.Errorf("%s: the registry's answer holds no token", subject(k.operation, name, ""))
	}
	expires, _ := granted.Expires.(string)
	end, err := time.Parse(time.RFC3339, expires)
	if err != nil {
		end = time.Time{} // the token is good all the same
	}
	return Credential{token: spec.NewSecret(granted.Token), expires: end, exchanged: true}, nil
}

func meaningOfExchange(a answer) Reason {
	missing := a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed
	switch {
	case missing && !a.says("oidc"):
		return NoExchange
	case a.status == http.StatusNotFound:
		return NoneTrusted
	case a.status == http.StatusUnauthorized:
		return IDTokenRefused
	case a.status == http.StatusBadRequest:
		return IDTokenMalformed
	case a.status == http.StatusRequestTimeout || a.status == http.StatusTooManyRequests:
		return ""
	case a.status/100 == 4:
		return Refused
	}
	return ""
}
