package npm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Approve publishes a staged version: nil means accepted, which is not yet served. It takes a human's session, and a second factor, of
// which one serves several. It is not sent twice. An error wraps spec.ErrNotFound where it is no longer staged (approved or rejected by
// somebody, which the version's status tells), spec.ErrPending where its scan has not ended, spec.ErrDoubtful where it may have been
// approved (with spec.ErrRace it may be sent again), spec.ErrSecondFactor or spec.ErrRefused.
func (c *Client) Approve(ctx context.Context, s spec.Stage) error {
	k := stageCall("approving", http.MethodPost, s)
	k.path += "/approve"
	return c.decide(ctx, s, k)
}

// Reject removes a staged version for good: its number is free again. As Approve, else.
func (c *Client) Reject(ctx context.Context, s spec.Stage) error {
	return c.decide(ctx, s, stageCall("rejecting", http.MethodDelete, s))
}

func (c *Client) decide(ctx context.Context, s spec.Stage, k call) error {
	if err := checkStage(k.operation, s); err != nil {
		return err
	}
	if c.options.Session.Empty() {
		return notLoggedIn{subject(k.operation, k.name, k.version)}
	}
	k.token, k.limit = c.options.Session, statusOnly
	return c.withSecondFactor(ctx, k.token, true, func(code spec.Secret) error {
		k.code = code
		_, err := c.ask(ctx, c.careful, k)
		return inDoubt(err)
	})
}

// inDoubt says of a change that was sent and not answered that it may have landed.
func inDoubt(err error) error {
	var refused *Error
	var network *net.OpError
	if err == nil || errors.As(err, &refused) || errors.As(err, &network) && network.Op == "dial" {
		return err
	}
	return fmt.Errorf("%w; it %w: look at its status before it is sent again", err, spec.ErrDoubtful)
}

// meaningOfStage is the table of what registries answer about staged versions to humans.
func meaningOfStage(a answer) (string, error) {
	switch {
	case unsupported(a):
		return noStaging, ErrUnsupported
	case a.status == http.StatusNotFound:
		return "it is not staged any more: somebody approved or rejected it, or this account may not see it; the version's status tells which",
			spec.ErrNotFound
	case a.status == http.StatusUnauthorized:
		return "it takes the session of `npm login`, which may have expired; tokens of CI may stage, and no more", spec.ErrRefused
	case a.status == http.StatusForbidden && a.says("2fa"):
		return "switch on two-factor authentication for the account", spec.ErrRefused
	case a.status == http.StatusForbidden:
		return "it takes write access to the package", spec.ErrRefused
	case a.status == http.StatusConflict && a.says("validat", "scan"):
		return "its scan has not ended: it can be approved when its status is staged", spec.ErrPending
	case a.status == http.StatusConflict:
		return "its scan has not ended, or another change of the package came in between: look at its status before it is sent again",
			both{spec.ErrRace, spec.ErrDoubtful}
	case a.status == http.StatusRequestTimeout, a.status >= 500:
		return "it may have landed: look at its status before it is sent again", spec.ErrDoubtful
	case a.status == http.StatusTooManyRequests:
		return "nothing was done", nil
	}
	return "", nil
}
