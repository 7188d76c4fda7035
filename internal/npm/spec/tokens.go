package spec

// Tokens is whether tokens may publish a package; "" where nothing is said. Trusted publishers are no tokens.
type Tokens string

// The values. With either, a person who publishes needs a second factor.
const (
	TokensForbidden Tokens = "forbidden"
	TokensAllowed   Tokens = "allowed"
)

// Known tells whether it is one of the values.
func (t Tokens) Known() bool { return t == TokensForbidden || t == TokensAllowed }
