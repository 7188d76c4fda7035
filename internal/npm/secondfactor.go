package npm

import (
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const (
	maxPages = 2 // shown for one call
	maxTries = 8 // of one call, codes typed, held and fetched taken together
)

// withSecondFactor sends what may be challenged. It goes without a code first, as the registry may not ask or no longer
// ask, unless a code is held. While it is not known which will do, one call at a time finds out for the rest: it may be
// large, and the human should see one page. A silent client neither waits for that nor shows a page.
func (c *Client) withSecondFactor(
	ctx context.Context, token spec.Secret, writes bool, send func(code spec.Secret) error,
) error {
	h, mine := c.human, false
	takeTurn := func() error {
		if mine || c.silent {
			return nil
		}
		err := h.take(ctx)
		mine = err == nil
		return err
	}
	defer func() {
		if mine {
			<-h.turn
		}
	}()

	code, settled := h.known()
	if !settled {
		if err := takeTurn(); err != nil {
			return err
		}
		code, _ = h.known()
	}
	pages := 0
	for tries := 1; ; tries++ {
		err := send(code)
		var refused *Error
		if !errors.As(err, &refused) || refused.challenge == nil {
			if err == nil && writes { // reads are hardly ever challenged, and tell nothing of the rest
				h.worked(code)
			}
			return err
		}
		h.failed(code)
		if turnErr := takeTurn(); turnErr != nil {
			return errors.Join(err, turnErr)
		}
		bare := code.Empty()
		code, settled = h.known()
		switch {
		case tries < maxTries && (settled || !bare): // learnt by somebody else, or worth a try without
			continue
		case c.silent || tries >= maxTries:
			return err
		}
		var shown bool
		if code, shown, err = c.askHuman(ctx, token, refused, pages < maxPages); err != nil {
			return err
		}
		if shown {
			pages++
		}
	}
}

// askHuman gets a code: the typed one, or one by way of the page.
func (c *Client) askHuman(
	ctx context.Context, token spec.Secret, refused *Error, mayShow bool,
) (code spec.Secret, shown bool, err error) {
	h, ctx := c.human, patience(ctx)
	if code, ok := h.otp(); ok {
		h.hold(code)
		return code, false, nil
	}
	if ctx.Err() != nil {
		return code, false, fmt.Errorf("%w; nobody is asked for it any more: %w", refused, context.Cause(ctx))
	}
	page, done, err := refused.challenge.urls(c.registry)
	switch {
	case refused.challenge.Page == "":
		refused.Reason = CodeWanted
		return code, false, refused
	case h.factor.Show == nil:
		if !h.factor.OTP.Empty() { // it has been tried
			refused.Reason = CodeRefused
		}
		return code, false, refused
	case err != nil:
		return code, false, fmt.Errorf("%w; %w", refused, err)
	case !mayShow:
		refused.Reason = CodesRefused
		return code, false, refused
	}
	if err := h.factor.Show(ctx, page.String()); err != nil {
		return code, false, fmt.Errorf("%w; showing the page for it: %w", refused, err)
	}
	code, err = c.poll(ctx, done, token)
	if err != nil {
		return code, true, fmt.Errorf("%w; %w", refused, err)
	}
	h.hold(code)
	return code, true, nil
}
