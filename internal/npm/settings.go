package npm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// SetTokens settles, as a human, whether tokens may publish a package (libnpmaccess, setMfa): forbidden is its "publish", allowed its
// "automation", by which people need a second factor all the same. A trusted publisher may publish in either case. npm has no call that
// reads it back (npm/cli#5445, #9180).
//
// spec.ErrNotFound when there is no such package, spec.ErrUnsupported when the registry has no such setting, spec.ErrRefused when the
// session may not change it: npm takes that of `npm login` alone.
func (c *Client) SetTokens(ctx context.Context, name spec.Name, tokens spec.Tokens) error {
	return c.set(ctx, "setting whether tokens may publish", name, map[string]bool{
		"publish_requires_tfa": true, "automation_token_overrides_tfa": tokens != spec.TokensForbidden,
	})
}

// SetAccess settles, as a human, who may read a package. Errors are those of SetTokens; a registry may also want to be paid for restricted
// packages, which is spec.ErrRefused.
func (c *Client) SetAccess(ctx context.Context, name spec.Name, access spec.Access) error {
	err := c.set(ctx, "setting the access of", name, map[string]spec.Access{"access": access})
	if err == nil {
		c.sights.forget(name)
	}
	return err
}

func (c *Client) set(ctx context.Context, operation string, name spec.Name, value any) error {
	k := call{operation: operation, name: name, method: http.MethodPost, path: "-/package/" + name.Escaped() + "/access",
		command: "access", meaning: meaningOfSetting, limit: statusOnly}
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: %w", subject(operation, name, ""), err)
	}
	k.body = body
	_, err = c.atPace(ctx, c.calls, k)
	return err
}

func meaningOfSetting(a answer) Reason {
	switch a.status {
	case http.StatusNotFound:
		if isHTML(string(a.body)) {
			return NoSettings
		}
		return NotFound
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return NoSettings
	case http.StatusPaymentRequired:
		return PaidPrivate
	}
	return meaningOfTrust(a)
}

// Deprecations returns the versions of a package that the registry serves, each with what it says of its deprecation: "" for none. It is
// read past caches. A package that is not there is spec.ErrNotFound.
func (c *Client) Deprecations(ctx context.Context, name spec.Name) (map[spec.Version]string, error) {
	found, err := c.shownPackument(ctx, "reading the deprecations of", name, withMessages)
	return found.messages, err
}
