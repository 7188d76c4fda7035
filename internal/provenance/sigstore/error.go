package sigstore

import (
	"errors"
	"fmt"
)

// Party is one of the three that a signature needs.
type Party string

// The parties.
const (
	IDToken Party = "the ID token"
	Fulcio  Party = "Fulcio, Sigstore's certificate authority"
	Rekor   Party = "Rekor, Sigstore's transparency log"
)

// Error says why there is no provenance, and because of whom.
type Error struct {
	Party   Party
	Passing bool // it may pass: the party is down, slow or busy
	Err     error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %v", e.Party, e.Err)
}
func (e *Error) Unwrap() error { return e.Err }

// Passing tells whether err is a failure of Sigstore that may pass.
func Passing(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Passing
}
