package actor

import (
	"context"
	"errors"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Evidence gathers what its credentials let it know of trusted publishers: by the trust API as a human, by the exchange
// in CI. It shows no page and publishes nothing.
type Evidence struct {
	Session  *npm.Client // nil: nobody is logged in
	Exchange *Exchange   // nil: there is no ID token
	Now      func() time.Time
}

// Trust asks about one package. A failure is part of the answer.
func (e Evidence) Trust(ctx context.Context, name spec.Name) observed.Trust {
	trust := observed.Trust{At: e.Now()}
	if e.Session != nil {
		publishers, err := e.Session.Silent().TrustedPublishers(ctx, name)
		trust.Publishers, trust.Listed = publishers, err == nil
		trust.Err = err // also a 404, which is npm's answer to those who may not know, too
	}
	if e.Exchange == nil {
		return trust
	}
	_, err := e.Exchange.For(ctx, name)
	trust.Fitting, trust.Differences = e.Exchange.Fitting()
	var refused *RefusedError
	switch {
	case err == nil:
		trust.Exchange = observed.ExchangeTaken
	case errors.As(err, &refused) && !errors.Is(err, spec.ErrUnsupported):
		trust.Exchange, trust.Refusal, trust.Differences = observed.ExchangeRefused, refused.err, refused.Differences
		if npm.ReasonOf(err) != npm.NoneTrusted {
			trust.Exchange = observed.TokenRefused
		}
	default:
		trust.Err = errors.Join(trust.Err, err)
	}
	return trust
}
