package ci

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// Joined writes a claim of a trusted publisher; "" where it has none.
func Joined(p spec.TrustedPublisher, claim string) string {
	return strings.Join(p.Claims.Values(claim), ", ")
}

// Filled leaves out the fields of a form that stay empty.
func Filled(fields [][2]string) [][2]string {
	return slices.DeleteFunc(fields, func(field [2]string) bool { return field[1] == "" })
}

// EnvironmentOf writes the line of the state file for the environments of the jobs that may publish, each once, "" for none: nothing where
// they name none, and a comment where they do not agree, or a variable stands in the name.
func EnvironmentOf(names []string) []string {
	switch {
	case len(names) == 0, len(names) == 1 && names[0] == "":
		return nil
	case len(names) == 1 && !strings.Contains(names[0], "$"):
		return []string{"  environment: " + words.Scalar(names[0])}
	}
	return []string{"  # environment: ENVIRONMENT # if the job that publishes always names the same"}
}
