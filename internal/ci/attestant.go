package ci

import (
	"context"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/provenance"
)

// Attestant is a Provider whose jobs can have provenance that npm takes.
type Attestant interface {
	// Mint gets an ID token, here one for Sigstore.
	Mint(ctx context.Context, audience string, with Means) (raw string, err error)
	// Origin says from what and how the job builds, as npm's own client states it, by the variables of the job's environment. The error
	// names the variables that are missing.
	Origin(lookup Lookup) (provenance.Origin, error)
	// Unattestable says why the registry refuses provenance of a job, by the claims of its ID token; nil: it takes it.
	Unattestable(have Claims) *Cause
}

// Lookup reads a variable, and distinguishes an empty one from one that is not set.
type Lookup func(name string) (value string, ok bool)

// All reads variables; none of them may be missing.
func (lookup Lookup) All(names ...string) (map[string]string, error) {
	values, missing := map[string]string{}, []string{}
	for _, name := range names {
		if values[name], _ = lookup(name); values[name] == "" {
			missing = append(missing, "$"+name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the job's environment lacks %s, which say where it builds", List(missing))
	}
	return values, nil
}

// Some reads those of the variables that are set.
func (lookup Lookup) Some(names ...string) map[string]string {
	values := map[string]string{}
	for _, name := range names {
		if value, ok := lookup(name); ok {
			values[name] = value
		}
	}
	return values
}
