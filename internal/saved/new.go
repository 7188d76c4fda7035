package saved

import (
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// New makes a saved plan of a plan and of what it was made from.
func New(s Surroundings, want reconcile.Desired, is observed.Snapshot, plan reconcile.Plan) Plan {
	saved := Plan{APIVersion: desired.APIVersion, Kind: Kind, Surroundings: s, Releases: []Release{}}
	saved.Made = s.Made.UTC().Truncate(time.Second)
	if s.Sandbox != "" {
		saved.Registry = ""
	}
	planned := map[spec.Name]reconcile.Package{}
	for _, p := range plan.Packages() {
		planned[p.Name] = p
	}
	for _, r := range want.Releases {
		release := Release{
			Group: r.Group, Tag: r.Tag, Commit: r.Commit, Version: r.Version, DistTag: r.DistTag, placeholder: want.Placeholder,
		}
		for _, p := range r.Packages {
			release.Packages = append(release.Packages, newPackage(r, is[p.Name], planned[p.Name], want.TrustedPublishers))
		}
		if slices.ContainsFunc(release.Packages, func(p Package) bool { return p.InScope }) {
			saved.Releases = append(saved.Releases, release)
		}
	}
	return saved
}

func newPackage(r desired.Release, is observed.Package, planned reconcile.Package, want spec.TrustedPublishers) Package {
	p := Package{
		Name: planned.Name, InScope: planned.InScope(), Existence: is.Existence, State: is.State, problem: is.Err,
		Conditions: []Condition{}, Changes: []Change{},
	}
	if r.Version != "" {
		p.DistTag = is.DistTags[r.DistTag]
	}
	if is.Manifest != nil && is.State == observed.Served {
		p.Integrity, p.gitHead = is.Manifest.Dist.Integrity, is.Manifest.GitHead
	}
	if is.Trust.Listed && len(want) > 0 {
		sorted := want.Sort(is.Trust.Publishers, providers.Supersedes)
		p.Trust = &Trust{Desired: len(sorted.Missing()) == 0, Others: slices.Concat(sorted.Outdated(), sorted.Others)}
	}
	for _, c := range planned.Conditions {
		p.Conditions = append(p.Conditions, Condition{c.Type, c.Status, c.Reason})
	}
	for _, c := range planned.Changes {
		p.Changes = append(p.Changes, Change{c.Action, c.Actor, c.Reason})
	}
	return p
}
