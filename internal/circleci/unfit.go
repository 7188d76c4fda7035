package circleci

import (
	"errors"
	"strings"
)

// ErrMint says that CircleCI's program was asked for a new ID token and gave none.
var ErrMint = errors.New("`circleci run oidc get`")

// UnfitError says that an ID token was found and not handed out, as the registry would refuse it: it is for another
// audience, or too old.
type UnfitError struct {
	From     string // as Token.From
	Claims   Claims
	Audience string // the one that it should have
	err      error
}

func (e *UnfitError) Error() string { return e.From + e.err.Error() }

// Unwrap returns what is wrong with the token.
func (e *UnfitError) Unwrap() error { return e.err }

// SelfHosted returns a sign that the job runs on a self-hosted runner: the name of a variable of environ ("name=value")
// that CircleCI's runners are configured by, or of a claim that speaks of a runner; "" where nothing speaks for it, which
// proves nothing. CircleCI documents no sign of it.
func SelfHosted(claims Claims, environ []string) string {
	for claim := range claims.Job {
		if strings.Contains(strings.TrimPrefix(claim, "oidc.circleci.com/"), "runner") {
			return claim
		}
	}
	for _, variable := range environ {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "CIRCLECI_RUNNER_") {
			return name
		}
	}
	return ""
}
