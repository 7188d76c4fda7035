package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// parseShard reads --shard: "" for everything, "I/N", or the type of a provider whose job says it: "circleci", "gitlab".
func parseShard(s string, want reconcile.Desired) (*reconcile.Shard, error) {
	if s == "" {
		return nil, nil
	}
	index, total, ok := strings.Cut(s, "/")
	if p, known := providers.Of(s); known {
		node, _ := p.Job(os.Getenv)
		index, total, ok = node.Index, node.Total, true
		switch facts := p.Facts(); {
		case facts.Parallel == "":
			return nil, fmt.Errorf("--shard %s: a %s job does not know which of several it is: give its number from 0 and how many there are, "+
				"such as 0/4", s, facts.Name)
		case index == "" || total == "":
			return nil, fmt.Errorf("--shard %s: $%s and $%s are not set; they are in a %s job with %s",
				s, node.NodeVariables[0], node.NodeVariables[1], facts.Name, facts.Parallel)
		}
	}
	i, errI := strconv.Atoi(index)
	n, errN := strconv.Atoi(total)
	if !ok || errI != nil || errN != nil {
		return nil, fmt.Errorf("--shard %s: give this node's number from 0 and how many there are, such as 0/4, or %s", s,
			strings.Join(parallel(), " or "))
	}
	shard, err := reconcile.NewShard(i, n, want)
	if err != nil {
		return nil, fmt.Errorf("--shard: %w", err)
	}
	return shard, nil
}

// parallel are the types of providers whose jobs know which of several nodes they run on.
func parallel() (types []string) {
	for _, p := range providers.All() {
		if facts := p.Facts(); facts.Parallel != "" {
			types = append(types, facts.Type)
		}
	}
	return types
}
