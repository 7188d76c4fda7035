package npm

import (
	"context"
	"net/http"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// WhoAmI returns the user name that Options.Session belongs to; spec.ErrRefused when it belongs to none.
func (c *Client) WhoAmI(ctx context.Context) (string, error) {
	k := whoAmICall()
	a, err := c.asHuman(ctx, c.calls, k)
	if err != nil {
		return "", err
	}
	return c.user(k, a)
}

// whoIs fails, with spec.ErrRefused, when a credential is nobody's.
func (c *Client) whoIs(ctx context.Context, with Credential) error {
	k := whoAmICall().by(with)
	a, err := c.ask(ctx, c.calls, k)
	if err == nil {
		_, err = c.user(k, a)
	}
	return err
}

func (c *Client) user(k call, a answer) (string, error) {
	var who struct {
		Username string `json:"username"`
	}
	if err := a.decode(k, &who); err != nil {
		return "", err
	}
	if who.Username == "" { // some registries answer so to no token or to one that they do not know
		nobody := c.unasked(k, NotLoggedIn, "nobody")
		nobody.Status = a.status
		return "", nobody
	}
	return who.Username, nil
}

func whoAmICall() call {
	return call{operation: "asking who is logged in", method: http.MethodGet, path: "-/whoami", command: "whoami",
		meaning: func(a answer) Reason {
			if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
				return NotLoggedIn
			}
			return ""
		}}
}

// asHuman asks with the human's session, and answers a second factor.
func (c *Client) asHuman(ctx context.Context, via *retryablehttp.Client, k call) (answer, error) {
	if c.options.Session.Empty() {
		return answer{}, c.unasked(k, NotLoggedIn, "nobody is logged in")
	}
	k.token = c.options.Session
	return c.confirmed(ctx, via, k)
}

// confirmed asks with k's token, and answers a second factor.
func (c *Client) confirmed(ctx context.Context, via *retryablehttp.Client, k call) (a answer, err error) {
	err = c.withSecondFactor(ctx, k.token, k.method != http.MethodGet, func(code spec.Secret) error {
		k.code = code
		a, err = c.ask(ctx, via, k)
		return err
	})
	return a, err
}
