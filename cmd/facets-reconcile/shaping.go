package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// shaping are the flags by which plan and apply settle what is to be done, besides the shared ones.
type shaping struct {
	only    []string
	distTag string
	prune   bool
}

func (s *shaping) bind(f *pflag.FlagSet) {
	f.StringSliceVar(&s.only, "only", nil, "only these actions: seed, trust, publish, tag, deprecate; prove, which is made only when named")
	f.StringVar(&s.distTag, "dist-tag", "", "publish under this dist-tag instead of the state file's")
	f.BoolVar(&s.prune, "prune", false, "remove trusted publishers of other pipelines and providers")
}

func (s *shaping) parse(narrowed *shared) ([]reconcile.Action, spec.DistTag, error) {
	actions, err := parseActions(s.only)
	if err != nil {
		return nil, "", err
	}
	distTag, err := parseDistTag(s.distTag)
	if err != nil {
		return nil, "", err
	}
	if distTag != "" && narrowed.tag == "" && narrowed.jobsTag() == "" && len(narrowed.groups)+len(narrowed.packages) == 0 {
		return nil, "", errors.New(
			"--dist-tag would move this dist-tag of every package: say which release is meant with --tag, --group or --package")
	}
	return actions, distTag, nil
}

func parseActions(only []string) ([]reconcile.Action, error) {
	known := reconcile.Actions()
	var actions []reconcile.Action
	for _, s := range only {
		if !slices.Contains(known, reconcile.Action(s)) {
			return nil, fmt.Errorf("--only %s: choose of seed, trust, publish, tag, deprecate, prove", s)
		}
		actions = append(actions, reconcile.Action(s))
	}
	return actions, nil
}

func parseDistTag(s string) (spec.DistTag, error) {
	if s == "" {
		return "", nil
	}
	tag, err := spec.ParseDistTag(s)
	if err != nil {
		return "", fmt.Errorf("--dist-tag: %w", err)
	}
	return tag, nil
}
