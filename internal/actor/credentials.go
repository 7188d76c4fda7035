package actor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Credentials gives what a package may be published with.
type Credentials interface {
	For(ctx context.Context, name spec.Name) (npm.Credential, error)
}

// Session publishes with a human's or an automation's token, which is good for all packages.
type Session struct{ Token spec.Secret }

// For returns the token. Whether it is good for the package shows only when it is used.
func (s Session) For(context.Context, spec.Name) (npm.Credential, error) {
	return npm.NewCredential(s.Token, time.Time{}), nil
}

// IDTokens gives ID tokens for the registry.
type IDTokens interface {
	Token(ctx context.Context) (idtoken.Token, error)
}

// Exchange publishes with tokens that the registry gives for ID tokens, one for each package. They are kept until near
// their end. The ID token is minted anew when it is minutes old, as the registry takes none older than about five.
type Exchange struct {
	Registry *npm.Client
	IDTokens IDTokens
	Want     spec.TrustedPublishers // none: refusals are not explained by them
	Now      func() time.Time

	mu      sync.Mutex
	turns   map[spec.Name]*sync.Mutex
	held    map[spec.Name]npm.Credential
	refused map[spec.Name]Refusal
	fitting *spec.TrustedPublisher // of those wanted, that which the last ID token is of
	differs []spec.ClaimDifference // in what that ID token differs from the nearest of them
}

// Fitting returns which of the wanted trusted publishers the ID token is of that was last exchanged, taken or not; nil: none, and in what
// it differs from the nearest.
func (e *Exchange) Fitting() (*spec.TrustedPublisher, []spec.ClaimDifference) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fitting, e.differs
}

// fit finds that out.
func (e *Exchange) fit(claims ci.Claims) (differences []spec.ClaimDifference) {
	index, differences := providers.Nearest(claims, e.Want)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.differs = differences
	if e.fitting = nil; index >= 0 && len(differences) == 0 {
		e.fitting = &e.Want[index]
	}
	return differences
}

// Refusal is what the registry refused, by which ID token.
type Refusal struct {
	Err    error
	Claims ci.Claims // of the token; empty where there was none to be had
}

// Refused returns the packages for which no credential was to be had when it was last asked for.
func (e *Exchange) Refused() map[spec.Name]Refusal {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.refused)
}

func (e *Exchange) isRefused(name spec.Name) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, refused := e.refused[name]
	return refused
}

// turn lets one caller at a time exchange for a package, so that the others find what it got.
func (e *Exchange) turn(name spec.Name) *sync.Mutex {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.turns == nil {
		e.turns = map[spec.Name]*sync.Mutex{}
	}
	if e.turns[name] == nil {
		e.turns[name] = &sync.Mutex{}
	}
	return e.turns[name]
}

// For returns a token for the package. A refusal is a *RefusedError.
func (e *Exchange) For(ctx context.Context, name spec.Name) (npm.Credential, error) {
	turn := e.turn(name)
	turn.Lock()
	defer turn.Unlock()
	e.mu.Lock()
	held, ok := e.held[name]
	e.mu.Unlock()
	if ok && !held.Expired(e.Now()) {
		return held, nil
	}
	token, err := e.IDTokens.Token(ctx)
	if err != nil {
		err = fmt.Errorf("getting an ID token for %s: %w", name, err)
		e.keep(name, npm.Credential{}, &Refusal{Err: err})
		return npm.Credential{}, err
	}
	differences := e.fit(token.Claims)
	credential, err := e.Registry.Exchange(ctx, name, token.Secret)
	switch {
	case errors.Is(err, spec.ErrRefused):
		e.keep(name, npm.Credential{}, &Refusal{err, token.Claims})
		return npm.Credential{}, &RefusedError{Differences: differences, among: len(e.Want), err: err}
	case err != nil:
		return npm.Credential{}, err
	}
	e.keep(name, credential, nil)
	return credential, nil
}

// keep remembers what came of the last exchange for a package.
func (e *Exchange) keep(name spec.Name, credential npm.Credential, refusal *Refusal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.held == nil {
		e.held, e.refused = map[spec.Name]npm.Credential{}, map[spec.Name]Refusal{}
	}
	delete(e.held, name)
	delete(e.refused, name)
	if refusal != nil {
		e.refused[name] = *refusal
	} else {
		e.held[name] = credential
	}
}

// RefusedError says that the registry refused an ID token, and in what the token differs from the state file.
type RefusedError struct {
	Differences []spec.ClaimDifference // from the nearest of the state file's trusted publishers
	among       int                    // how many those are
	err         error
}

func (e *RefusedError) Error() string {
	if len(e.Differences) == 0 {
		return e.err.Error()
	}
	var claims []string
	for _, d := range e.Differences {
		claims = append(claims, fmt.Sprintf("%s is %v, the state file has %v", d.Claim, d.Have, d.Want))
	}
	whose := "not the state file's trusted publisher"
	if e.among > 1 {
		whose = "of none of the state file's trusted publishers; from the nearest it differs thus"
	}
	return fmt.Sprintf("%v; the ID token is %s: %s", e.err, whose, strings.Join(claims, "; "))
}

// Unwrap returns the registry's answer.
func (e *RefusedError) Unwrap() error { return e.err }
