package idtoken

import (
	"github.com/agent-facets/facets-reconcile/internal/ci"
)

// MintError says that a job was to get a new ID token and got none.
type MintError struct {
	From string // ci.Facts.MintedBy
	err  error
}

func (e *MintError) Error() string { return e.From + ": " + e.err.Error() }

// Unwrap returns why.
func (e *MintError) Unwrap() error { return e.err }

// UnfitError says that an ID token was found and not handed out, as the registry would refuse it: it is for another
// audience, or too old.
type UnfitError struct {
	From     string // as Token.From
	Claims   ci.Claims
	Audience string // the one that it should have
	err      error
}

func (e *UnfitError) Error() string { return e.From + e.err.Error() }

// Unwrap returns what is wrong with the token.
func (e *UnfitError) Unwrap() error { return e.err }
