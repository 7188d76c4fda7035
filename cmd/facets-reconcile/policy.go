package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/saved"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// askFlags are the flags by which plan and apply settle what is to be done, besides the common ones.
type askFlags struct {
	only    []string
	distTag string
	staged  bool
	prune   bool
}

func (a *askFlags) bind(f *pflag.FlagSet) {
	f.StringSliceVar(&a.only, "only", nil, "only these actions: "+strings.Join(actionWords(), ", ")+
		"; "+namedWords()+" are made only when named")
	f.StringVar(&a.distTag, "dist-tag", "", "publish under this dist-tag instead of the state file's")
	f.BoolVar(&a.staged, "staged", false, "stage the release for a human's approval, whatever the state file says")
	f.BoolVar(&a.prune, "prune", false, "remove trusted publishers of other pipelines and providers")
}

// restaged is the flag as a further command needs it to publish in the same way.
func (a *askFlags) restaged() string {
	if a.staged {
		return " --staged"
	}
	return ""
}

// retagged is the flag as a further command needs it to publish or to approve the same.
func (a *askFlags) retagged() string {
	return spelled([]flagValue{{" --dist-tag ", a.distTag, ""}})
}

// asked is what a run is asked to do, and what for.
type asked struct {
	actions  []reconcile.Action // empty: all
	distTag  spec.DistTag
	staged   bool
	prune    bool
	groups   []string
	packages []string
	shard    *reconcile.Shard
}

// read settles what is asked for. The tag is the one that the run is for.
func (a *askFlags) read(f *flags, tag string) (asked, error) {
	ask := asked{staged: a.staged, prune: a.prune, groups: f.groups, packages: f.packages}
	var err error
	if ask.actions, err = parseActions(a.only); err != nil {
		return asked{}, err
	}
	if a.distTag == "" {
		return ask, nil
	}
	if ask.distTag, err = spec.ParseDistTag(a.distTag); err != nil {
		return asked{}, fmt.Errorf("--dist-tag: %w", err)
	}
	if tag == "" && len(f.groups)+len(f.packages) == 0 {
		return asked{}, errors.New(
			"--dist-tag would move this dist-tag of every package: say which release is meant with --tag, --group or --package")
	}
	return ask, nil
}

// wanting is how what is asked for shapes what should be. Who stages, approves or rejects means staged releases, whatever the state file
// says of those to come: they have to be gone through in the order of staged ones.
func (a asked) wanting(tags tagUse) wanting {
	staging := slices.ContainsFunc(a.actions, func(action reconcile.Action) bool {
		return action == reconcile.Stage || action == reconcile.Approve || action == reconcile.Reject
	})
	return wanting{distTag: a.distTag, staged: a.staged || staging, tags: tags}
}

// namedWords are the actions that are made only where they are asked for: "prove, reject and approve".
func namedWords() string {
	words := []string{string(reconcile.Prove)}
	for _, k := range reconcile.Kinds() {
		if k.Named {
			words = append(words, string(k.Action))
		}
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// actionWords are the actions that can be asked for.
func actionWords() []string {
	var words []string
	for _, action := range reconcile.Actions() {
		words = append(words, string(action))
	}
	return words
}

func parseActions(only []string) ([]reconcile.Action, error) {
	known := actionWords()
	var actions []reconcile.Action
	for _, s := range only {
		if !slices.Contains(known, s) {
			return nil, fmt.Errorf("--only %s: choose of %s", s, strings.Join(known, ", "))
		}
		actions = append(actions, reconcile.Action(s))
	}
	return actions, nil
}

// credentials are what the policy has to know of those at hand.
type credentials struct {
	token    bool              // a session's token publishes
	session  bool              // a human's session is here, which can find out and set who is trusted
	withheld map[string]string // by git tag: why its release must not be published from here
}

// policyFor is what a run may do: what was asked for, with these credentials, and, where a plan was approved, nothing but that.
func policyFor(ask asked, c credentials, approved *saved.Plan) reconcile.Policy {
	policy := reconcile.Policy{
		Actions: ask.actions, Prune: ask.prune, Groups: ask.groups, Shard: ask.shard,
		Token: c.token, Session: c.session, Withheld: c.withheld,
	}
	for _, name := range ask.packages {
		policy.Packages = append(policy.Packages, spec.Name(name))
	}
	if approved != nil {
		policy.Allowed, policy.From, policy.Shown = approved.Allowed(), approved.From(), approved.Shown()
	}
	return policy
}
