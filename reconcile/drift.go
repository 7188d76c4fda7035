package reconcile

import (
	"context"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Auditor reads what is public already.
type Auditor interface {
	Audit(ctx context.Context, queries []observed.AuditQuery) ([]observed.History, error)
}

// Drift plans and audits what is public already; it changes nothing. Of each entry it audits the versions that a dist-tag points at, and
// `last` versions below latest. Its plan is Converged only where there are no findings either.
func Drift(ctx context.Context, world World, auditor Auditor, want Desired, policy Policy, last int) (Plan, error) {
	r := newRun(world, want, policy, Options{})
	plan, err := r.preview(ctx)
	if err != nil {
		return Plan{}, err
	}
	histories, err := auditor.Audit(ctx, auditQueries(want, r.snapshot, last))
	if err != nil {
		return Plan{}, err
	}
	for _, f := range Audit(want, r.snapshot, histories) {
		if !slices.ContainsFunc(plan.Findings, f.repeats) {
			plan.Findings = append(plan.Findings, f)
		}
	}
	plan.Findings = append(plan.Findings, unaudited(want, r.snapshot, plan)...)
	plan.sort()
	plan = Accept(plan, want, world.Clock.Now())
	plan.Findings = append(plan.Findings, auditScope{want, r.snapshot, histories, last}.unusedAcceptances(plan)...)
	plan.Summary.Converged = plan.Summary.Converged && len(plan.Findings) == 0
	return plan, nil
}

// repeats tells whether two findings are of the same thing.
func (f Finding) repeats(other Finding) bool {
	return f.Type == other.Type && f.Package == other.Package && f.Version == other.Version
}

// auditQueries asks of each package what an audit can tell of it, and leaves out those of which it can tell nothing.
func auditQueries(want Desired, is observed.Snapshot, last int) []observed.AuditQuery {
	var queries []observed.AuditQuery
	for _, release := range want.Releases {
		for _, p := range release.Packages {
			s := is[p.Name]
			if s.DistTags == nil || s.Existence != observed.Exists {
				continue // Diff says of it what there is to say
			}
			q := observed.AuditQuery{Name: p.Name, Home: p.Home, DistTags: s.DistTags, Placeholder: want.Placeholder}
			if p.Role == desired.RoleEntry {
				q.Platform, q.Foreign, q.Last = release.PlatformName, release.Foreign(), last
			}
			if p.Role != desired.RolePlatform {
				for _, earlier := range release.Earlier {
					q.Expected = append(q.Expected, earlier.Version)
				}
			}
			if current := s.DistTags[release.DistTag]; p.Role == desired.RoleLibrary && !current.Placeholds(want.Placeholder) {
				if q.Judged = current; s.Version == current {
					q.Manifest = s.Manifest
				}
			}
			if s.State == observed.Served && s.Manifest != nil && s.Manifest.Dist.Attested() {
				q.Attested = s.Manifest
			}
			if q.Attested != nil || q.Platform != nil || q.Judged != "" || len(q.Expected) > 0 ||
				s.DistTags[spec.Latest].Placeholds(want.Placeholder) {
				queries = append(queries, q)
			}
		}
	}
	return queries
}
