package ci

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// Joined returns a claim of a trusted publisher as text; "" where it has none.
func Joined(p spec.TrustedPublisher, claim string) string {
	return strings.Join(p.Claims.Values(claim), ", ")
}

// Filled returns the fields of a form that have a value.
func Filled(fields [][2]string) [][2]string {
	return slices.DeleteFunc(fields, func(field [2]string) bool { return field[1] == "" })
}

// EnvironmentOf returns the state file's line for the environments of the jobs that may publish, each once, "" for none. There is no line
// where they name none, and a comment where they differ or a name holds a variable.
func EnvironmentOf(names []string) []string {
	switch {
	case len(names) == 0, len(names) == 1 && names[0] == "":
		return nil
	case len(names) == 1 && !strings.Contains(names[0], "$"):
		return []string{"  environment: " + words.Scalar(names[0])}
	}
	return []string{"  # environment: ENVIRONMENT # if the job that publishes always names the same"}
}
