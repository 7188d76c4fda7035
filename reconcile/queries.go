package reconcile

import (
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// queries asks for what is not settled, with the evidence of this run.
func (r *run) queries() []observed.Query {
	settled, trusted := map[spec.Name]bool{}, map[spec.Name]bool{}
	if r.snapshot != nil {
		for _, p := range Diff(r.want, r.snapshot, r.policy).Packages() {
			told := !r.policy.settles() || !untold(r.snapshot[p.Name].Trust)
			settled[p.Name] = !p.release.Selected || len(p.Changes) == 0 && p.settled() && told
			_, open := p.change(Trust)
			trusted[p.Name] = p.is(Trusted, True) && !open
		}
	}
	var queries []observed.Query
	wanted := r.wanted()
	for _, release := range r.want.Releases {
		for _, p := range release.Packages {
			if settled[p.Name] && len(wanted[p.Name]) == 0 {
				continue
			}
			q := r.ledger.query(p.Name, release.Version)
			if p.Role == desired.RoleEntry {
				q.Platform, q.Beside = release.PlatformName, beside(release)
			}
			q.Wanted = wanted[p.Name]
			q.Due, q.Numbers = r.policy.publishes(release), r.snapshot[p.Name].Numbers
			if r.policy.Token && !r.Await && release.Version != "" {
				q.Over = release.DistTag
			}
			for _, w := range release.Withdrawn {
				q.Withdrawn = append(q.Withdrawn, w.Version)
			}
			if known := r.snapshot[p.Name].Trust; trusted[p.Name] {
				q.Trust = &known
			}
			if rec, ok := r.ledger.look(key{Trust, p.Name, ""}); ok && rec.accepted && rec.change.Reason == ReasonUnlisted {
				q.Trust = &observed.Trust{Listed: true, Publishers: slices.Clone(r.want.TrustedPublishers)}
			}
			queries = append(queries, q)
		}
	}
	return queries
}

// beside are the platforms of a release, at the version at which they are read.
func beside(release desired.Release) map[spec.Name]spec.Version {
	versions := map[spec.Name]spec.Version{}
	for _, p := range release.Platforms() {
		versions[p.Name] = release.Version
	}
	return versions
}

// settled tells whether all conditions of the package are as they should be. Trusted Unknown alone is never drift.
func (p Package) settled() bool {
	for _, c := range p.Conditions {
		if c.Status != True && c.Reason != ReasonNextRelease && (c.Type != Trusted || c.Status == False) && !p.Stands(c.Type) {
			return false
		}
	}
	return true
}
