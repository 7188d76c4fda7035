package npm

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// soon is how long before its end a Credential counts as expired: an upload checked at its start must not outlive it.
const soon = 2 * time.Minute

// Credential is a token that may publish, and until when. It shows itself to nobody who formats, logs or marshals it.
type Credential struct {
	token   spec.Secret
	expires time.Time
	basic   bool // a user name and password, which can read and no more

	exchanged bool // got for an ID token, so that its publishes are a trusted publisher's
}

// NewBasic makes a Credential of a user name and password, joined by a colon and in base64, as .npmrc's _auth is.
func NewBasic(pair spec.Secret) Credential { return Credential{token: pair, basic: true} }

// NewCredential makes a Credential of a token. A zero time means that its end is not known.
func NewCredential(token spec.Secret, expires time.Time) Credential {
	return Credential{token: token, expires: expires}
}

// Empty tells whether there is no token.
func (c Credential) Empty() bool { return c.token.Empty() }

// Expires returns when the token ends, or the zero time when that is not known.
func (c Credential) Expires() time.Time { return c.expires }

// Expired tells whether the token has ended at that time, or is about to.
func (c Credential) Expired(now time.Time) bool {
	return !c.expires.IsZero() && now.After(c.expires.Add(-soon))
}

// String hides the token.
func (c Credential) String() string { return c.token.String() }

// Format hides the token from every verb.
func (c Credential) Format(f fmt.State, verb rune) { c.token.Format(f, verb) }

// LogValue hides the token from log/slog.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.token.String()) }

// MarshalText hides the token from encoding/json and its like.
func (c Credential) MarshalText() ([]byte, error) { return c.token.MarshalText() }
