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
		return c.unasked(k, NotLoggedIn, "nobody is logged in")
	}
	k.token, k.limit, k.meaning = c.options.Session, statusOnly, meaningOfDecision
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

// meaningOfDecision is the table of what registries answer to who approves or rejects.
func meaningOfDecision(a answer) Reason {
	switch {
	case a.status == http.StatusConflict && a.says("validat", "scan"):
		return StillScanned
	case a.status == http.StatusConflict:
		return DecisionRaced
	case a.status == http.StatusTooManyRequests:
		return NothingDecided
	case !unsupported(a) && (a.status == http.StatusRequestTimeout || a.status >= 500):
		return DecisionInDoubt
	}
	return meaningOfStage(a)
}

// meaningOfStage is the table of what registries answer to humans who look at staged versions.
func meaningOfStage(a answer) Reason {
	switch {
	case unsupported(a):
		return NoStages
	case a.status == http.StatusNotFound:
		return NotStaged
	case a.status == http.StatusUnauthorized:
		return StageSessionWanted
	case a.status == http.StatusForbidden && a.says("2fa"):
		return TwoFactorOff
	case a.status == http.StatusForbidden:
		return NoWriteAccess
	}
	return ""
}
