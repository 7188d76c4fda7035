package main

import (
	"os"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
)

// job is the CI job that this process runs in; outside of one it has no tag.
func job() ci.Job {
	_, job := providers.Here(os.Getenv)
	return job
}

// provider is whose job this process runs in, or the one that is meant where nothing tells.
func provider() ci.Provider {
	p, _ := providers.Here(os.Getenv)
	return p
}
