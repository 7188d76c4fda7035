package npm

import (
	"context"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// window is for how long npm accepts a code, and for how long a human may choose to be asked no more.
const window = 5 * time.Minute

// human is what is known of the human's second factor: one for all calls of a client.
type human struct {
	factor *SecondFactor // nil: nobody can be asked
	turn   chan struct{} // held by whoever finds out what the registry wants, so that one page serves all

	mu        sync.Mutex
	code      *spec.Secret // the held one
	codeEnd   time.Time
	unasked   time.Time // until when the registry, having asked for none, is taken to ask for none
	otpIsUsed bool
}

func newHuman(factor *SecondFactor) *human {
	return &human{factor: factor, turn: make(chan struct{}, 1)}
}

// known returns the code to send now. It tells also whether that is known to do, rather than to be found out.
func (h *human) known() (code spec.Secret, settled bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	switch {
	case now.Before(h.unasked):
		return spec.Secret{}, true
	case h.code != nil && now.Before(h.codeEnd):
		return *h.code, true
	}
	return spec.Secret{}, false
}

// worked notes that the registry was content with a code, or with none.
func (h *human) worked(code spec.Secret) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if code.Empty() {
		h.unasked = time.Now().Add(window)
	}
}

// failed notes that the registry was not; such a code is never sent again.
func (h *human) failed(code spec.Secret) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case code.Empty():
		h.unasked = time.Time{}
	case h.code != nil && *h.code == code:
		h.code = nil
	}
}

func (h *human) hold(code spec.Secret) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.code, h.codeEnd = &code, time.Now().Add(window)
}

// otp returns the typed code, once.
func (h *human) otp() (code spec.Secret, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.otpIsUsed || h.factor.OTP.Empty() {
		return spec.Secret{}, false
	}
	h.otpIsUsed = true
	return h.factor.OTP, true
}

// patienceKey is for the context for whose end a human is waited for no longer.
type patienceKey struct{}

// GoOn returns a context that does not end with ctx, for calls that must not be left half done. A human who is asked for a
// second factor in them is waited for only until ctx ends.
func GoOn(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), patienceKey{}, ctx)
}

// patience is how long a human is waited for.
func patience(ctx context.Context) context.Context {
	if until, ok := ctx.Value(patienceKey{}).(context.Context); ok {
		return until
	}
	return ctx
}

// take waits for the turn, as long as for the human whom its holder may be waiting for. One that is free is taken in any case.
func (h *human) take(ctx context.Context) error {
	select {
	case h.turn <- struct{}{}:
		return nil
	default:
	}
	until := patience(ctx)
	select {
	case h.turn <- struct{}{}:
		return nil
	case <-until.Done():
		return context.Cause(until)
	}
}
