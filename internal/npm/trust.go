package npm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// TrustedPublishers returns a package's trusted publishers, as a human with write access sees them. spec.ErrNotFound
// when there is no such package, spec.ErrUnsupported when the registry has no trusted publishers, spec.ErrRefused when the
// session may not see them.
func (c *Client) TrustedPublishers(ctx context.Context, name spec.Name) ([]spec.TrustedPublisher, error) {
	k := trustCall("listing the trusted publishers of", http.MethodGet, name)
	a, err := c.atPace(ctx, c.calls, k)
	if err != nil {
		return nil, err
	}
	var list []spec.TrustedPublisher
	return list, a.decode(k, &list)
}

// CreateTrustedPublisher adds a trusted publisher and returns it as the registry keeps it, with its ID. The registry
// checks none of its claims. spec.ErrTrustExists when the package takes no further one. It is not sent twice: after an
// error that leaves it open, list them.
func (c *Client) CreateTrustedPublisher(
	ctx context.Context, name spec.Name, p spec.TrustedPublisher,
) (spec.TrustedPublisher, error) {
	k := trustCall("creating a trusted publisher of", http.MethodPost, name)
	body, err := json.Marshal([]spec.TrustedPublisher{p})
	if err != nil {
		return spec.TrustedPublisher{}, fmt.Errorf("%s: %w", subject(k.operation, name, ""), err)
	}
	k.body = body
	a, err := c.atPace(ctx, c.careful, k)
	if err != nil {
		return spec.TrustedPublisher{}, err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("[")) {
		a.body = append(append([]byte("["), a.body...), ']')
	}
	var created []spec.TrustedPublisher
	if err := a.decode(k, &created); err != nil {
		return spec.TrustedPublisher{}, err
	}
	if len(created) == 0 {
		return p, nil
	}
	return created[0], nil
}

// DeleteTrustedPublisher removes the trusted publisher with that ID; spec.ErrNotFound when there is none.
func (c *Client) DeleteTrustedPublisher(ctx context.Context, name spec.Name, id string) error {
	k := trustCall("deleting a trusted publisher of", http.MethodDelete, name)
	if id == "" || id == "." || id == ".." {
		return fmt.Errorf("%s: %q is no ID of one", subject(k.operation, name, ""), id)
	}
	k.path += "/" + url.PathEscape(id)
	_, err := c.atPace(ctx, c.calls, k)
	return err
}

func trustCall(operation, method string, name spec.Name) call {
	return call{operation: operation, name: name, method: method, path: "-/package/" + name.Escaped() + "/trust",
		command: "trust", meaning: meaningOfTrust}
}

// atPace asks as the human; for changes at the pace that npm advises.
func (c *Client) atPace(ctx context.Context, via *retryablehttp.Client, k call) (answer, error) {
	if err := named(k.operation, k.name); err != nil {
		return answer{}, err
	}
	if !c.options.Session.Empty() && k.method != http.MethodGet {
		if err := c.trust.Wait(ctx); err != nil {
			return answer{}, fmt.Errorf("%s: %w", subject(k.operation, k.name, ""), errors.Join(err, context.Cause(ctx)))
		}
	}
	return c.asHuman(ctx, via, k)
}

func meaningOfTrust(a answer) Reason {
	switch a.status {
	case http.StatusNotFound:
		if isHTML(string(a.body)) {
			return NoTrust
		}
		return NotFound
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return NoTrust
	case http.StatusConflict:
		return TrustExists
	case http.StatusUnauthorized:
		return SessionWanted
	case http.StatusForbidden:
		if a.says("2fa") {
			return TwoFactorOff
		}
		return NoWriteAccess
	}
	return ""
}
