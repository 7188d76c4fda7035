package spec

import "errors"

// What a registry's answer means, wherever it is asked. Errors that come from a registry wrap one of these when they are
// sure of it; any other error leaves the question open and must never be taken for an absence.
var (
	// ErrNotFound is a definite "there is no such thing".
	ErrNotFound = errors.New("not found")
	// ErrAlreadyPublished answers a publish of a version that the registry has already, perhaps not served yet.
	ErrAlreadyPublished = errors.New("already published")
	// ErrPending answers a publish of a version that the registry took before and does not show: it is being scanned, or it waits
	// for a human who approves it. A registry may not say which.
	ErrPending = errors.New("taken earlier, and not published yet")
	// ErrStaged answers a publish of a version that waits for a human who approves or rejects it.
	ErrStaged = errors.New("staged for approval")
	// ErrBurnt answers a publish under the number of a version that was deleted, which is never free again.
	ErrBurnt = errors.New("the number is burnt")
	// ErrRace answers a publish that met another change of its package. It may have landed; where it does not show it may be
	// sent again, as a registry takes no version twice.
	ErrRace = errors.New("another change of the package came in between")
	// ErrDoubtful follows a publish whose body was sent and whose answer says neither yes nor no: it may have landed.
	ErrDoubtful = errors.New("may have landed")
	// ErrRefused is a definite no to these credentials: bad, expired, without permission, or the wrong kind.
	ErrRefused = errors.New("refused")
	// ErrNotPermitted is ErrRefused for a token that was got by exchange: its trusted publisher may only stage, or the package's
	// own settings forbid it. The registry does not tell which.
	ErrNotPermitted = errors.New("not permitted")
	// ErrNoAccess says that a registry does not show what was asked for to the credentials at hand, and may well have it.
	ErrNoAccess = errors.New("no credential at hand shows it")
	// ErrSecondFactor is asked of a human, and none could be had.
	ErrSecondFactor = errors.New("second factor needed")
	// ErrTrustExists answers the creation of a trusted publisher where the package takes no further one.
	ErrTrustExists = errors.New("trusted publisher exists")
	// ErrUnsupported says that the registry offers no such service.
	ErrUnsupported = errors.New("not offered by this registry")
)
