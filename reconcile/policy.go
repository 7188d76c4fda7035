package reconcile

import (
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Policy narrows what is acted on. It never narrows what is observed, nor what stops a release: two nodes that act on different packages
// of one release must come to the same judgment of it.
type Policy struct {
	Token    bool              // versions are published with a session's token: neither seed nor trusted publisher is needed first
	Prune    bool              // trusted publishers of other pipelines and providers are removed
	Session  bool              // a human's session is here, which can find out and set who is trusted
	Actions  []Action          // only these; empty: all
	Groups   []string          // only packages of these groups; empty: all
	Packages []spec.Name       // only these packages; empty: all
	Shard    *Shard            // only this node's packages; nil: all
	Withheld map[string]string // by git tag: why its release must not be published by this run

	// Allowed are the actions that an approved plan has for each package: no others are made; nil: all are.
	Allowed map[spec.Name][]Action
	// Unserved are the packages whose version was absent, or not served yet, when this run first saw it. When it is served later, this run
	// may move its dist-tag.
	Unserved map[spec.Name]bool
	// From is where the dist-tags pointed when a rollback was planned. They are moved back from there only: elsewhere somebody has moved them
	// since.
	From map[spec.Name]spec.Version
	// Shown are the trusted publishers that were listed when the plan was approved. Together with Allowed it means that no others are removed.
	Shown map[spec.Name][]spec.TrustedPublisher
}

// removable returns the test for trusted publishers that may be removed from a package; nil: all may be. Where none could be listed when
// the plan was approved, only those may go that a wanted one supersedes, as replacing them is what was approved.
func (p Policy) removable(name spec.Name, want spec.TrustedPublishers) func(spec.TrustedPublisher) bool {
	if p.Allowed == nil {
		return nil
	}
	shown, listed := p.Shown[name]
	return func(have spec.TrustedPublisher) bool {
		if !listed {
			return slices.ContainsFunc(want, func(w spec.TrustedPublisher) bool { return providers.Supersedes(w, have) })
		}
		return slices.ContainsFunc(shown, have.Same)
	}
}

// asksWhoIsTrusted tells whether the run is to find out who is trusted, by a human's session.
func (p Policy) asksWhoIsTrusted() bool {
	return p.Session && (len(p.Actions) == 0 || p.names(Trust, Settings))
}

// publishes tells whether versions of the release are published or waited for. It does not look at Packages and Shard, which do not narrow
// what stops a release.
func (p Policy) publishes(release desired.Release) bool {
	return release.Selected && (len(p.Groups) == 0 || slices.Contains(p.Groups, release.Group)) &&
		(len(p.Actions) == 0 || p.names(Publish, Stage, Approve, Reject))
}

// names tells whether one of the actions was asked for by name.
func (p Policy) names(actions ...Action) bool {
	return slices.ContainsFunc(actions, func(a Action) bool { return slices.Contains(p.Actions, a) })
}

// makes tells whether the action is made by this run where it can be: some are made only where they were asked for, and what is still to
// be staged is only shown to who approves.
func (p Policy) makes(a Action) bool {
	if a == Stage {
		return len(p.Actions) == 0 || p.names(Publish, Stage)
	}
	return !KindOf(a).Named || p.names(a)
}

// shows tells whether changes of the kind are shown. What was asked for is shown to its end: a wait is shown with what is waited for, and
// to publish a staged release takes its staging and its approval.
func (p Policy) shows(a Action) bool {
	switch {
	case len(p.Actions) == 0 || p.names(a):
		return true
	case a == Wait:
		return p.names(Publish, Stage, Approve)
	case a == Stage:
		return p.names(Publish, Approve)
	}
	return (a == Approve || a == Reject) && p.names(Publish, Stage)
}

// excludes tells why the package is not acted on, or "".
func (p Policy) excludes(pkg Package) string {
	switch {
	case !pkg.release.Selected:
		return "another release was asked for"
	case len(p.Groups) > 0 && !slices.Contains(p.Groups, pkg.release.Group):
		return "another group was asked for"
	case len(p.Packages) > 0 && !slices.Contains(p.Packages, pkg.Name):
		return "another package was asked for"
	}
	return p.Shard.excludes(pkg.Name)
}

// narrows tells whether less was asked for than the state file has. A shard does not narrow: together the nodes act on everything.
func (p Policy) narrows(releases []desired.Release) bool {
	return len(p.Groups)+len(p.Packages) > 0 || slices.ContainsFunc(releases, func(r desired.Release) bool { return !r.Selected })
}

// allowedChanges returns the changes of the package that the policy lets through. An approval moves the dist-tag, too; where it did not,
// the tag is allowed with it.
func (p Policy) allowedChanges(pkg Package) []Change {
	if !pkg.InScope() {
		return []Change{}
	}
	return slices.DeleteFunc(pkg.Changes, func(c Change) bool {
		if p.Allowed != nil && c.Action != Wait && !slices.Contains(p.Allowed[pkg.Name], c.Action) {
			return true
		}
		arrived := c.Action == Tag && pkg.release.Staged && p.Unserved[pkg.Name] && p.names(Approve)
		return !arrived && !p.shows(c.Action)
	})
}
