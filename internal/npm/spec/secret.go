package spec

import (
	"fmt"
	"net/netip"
	"strings"
)

const redacted = "[redacted]"

// Secret is a token. It shows itself to nobody who formats, logs or marshals it; only Reveal gives it out. The value is
// behind a pointer because fmt prints unexported fields of other structs without asking their methods.
type Secret struct{ value *string }

// NewSecret takes a token into custody.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal returns the token, for the one header that carries it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Empty tells whether there is no token.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// String hides the token.
func (s Secret) String() string { return redacted }

// Format hides the token from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, redacted) } // as fmt does, a State's errors are its owner's

// MarshalText hides the token from encoding/json, log/slog and their like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Loopback tells whether a host is this machine, on the way to which nobody reads a secret that goes unencrypted.
func Loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.IsLoopback()
}
