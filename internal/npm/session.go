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
	return a.user(k)
}

// whoIs fails, with spec.ErrRefused, when a credential is nobody's.
func (c *Client) whoIs(ctx context.Context, with Credential) error {
	k := whoAmICall().by(with)
	a, err := c.ask(ctx, c.calls, k)
	if err == nil {
		_, err = a.user(k)
	}
	return err
}

func (a answer) user(k call) (string, error) {
	var who struct {
		Username string `json:"username"`
	}
	if err := a.decode(k, &who); err != nil {
		return "", err
	}
	if who.Username == "" { // some registries answer so to no token or to one that they do not know
		return "", &Error{Operation: k.operation, Status: a.status, Message: "nobody", Advice: loginAdvice,
			meaning: spec.ErrRefused}
	}
	return who.Username, nil
}

func whoAmICall() call {
	return call{operation: "asking who is logged in", method: http.MethodGet, path: "-/whoami", command: "whoami",
		meaning: func(a answer) (string, error) {
			if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
				return loginAdvice, spec.ErrRefused
			}
			return "", nil
		}}
}

const loginAdvice = "log in with `npm login`"

// asHuman asks with the human's session, and answers a second factor.
func (c *Client) asHuman(ctx context.Context, via *retryablehttp.Client, k call) (answer, error) {
	if c.options.Session.Empty() {
		return answer{}, notLoggedIn{subject(k.operation, k.name, k.version)}
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

type notLoggedIn struct{ doing string }

func (e notLoggedIn) Error() string { return e.doing + ": nobody is logged in; " + loginAdvice }
func (e notLoggedIn) Unwrap() error { return spec.ErrRefused }
