package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// The variables by which CircleCI tells the nodes of a job with parallelism apart.
const (
	variableIndex = "CIRCLE_NODE_INDEX"
	variableTotal = "CIRCLE_NODE_TOTAL"
)

// parseShard reads --shard: "" for everything, "I/N", or "circleci".
func parseShard(s string, want reconcile.Desired) (*reconcile.Shard, error) {
	if s == "" {
		return nil, nil
	}
	index, total, ok := strings.Cut(s, "/")
	if s == "circleci" {
		index, total, ok = os.Getenv(variableIndex), os.Getenv(variableTotal), true
		if index == "" || total == "" {
			return nil, fmt.Errorf("--shard circleci: $%s and $%s are not set; they are in a CircleCI job with `parallelism`",
				variableIndex, variableTotal)
		}
	}
	i, errI := strconv.Atoi(index)
	n, errN := strconv.Atoi(total)
	if !ok || errI != nil || errN != nil {
		return nil, fmt.Errorf("--shard %s: give this node's number from 0 and how many there are, such as 0/4, or circleci", s)
	}
	shard, err := reconcile.NewShard(i, n, want)
	if err != nil {
		return nil, fmt.Errorf("--shard: %w", err)
	}
	return shard, nil
}
