package reconcile

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// FailedSource is a source that could not be read, such as GitHub's tags, while the others could. The run goes on without it; what it
// would have shown may be missing from the findings.
type FailedSource struct {
	Message string // what could not be read, why, and what is therefore not known
	Next    string
}

// unaudited finds what drift should have checked and could not read. A session that is not allowed to list the trusted publishers is no
// failure, nor is a registry that has none. The publisher that a version's manifest names is only a hint, and does not replace the list.
func unaudited(want Desired, is observed.Snapshot, plan Plan) []Finding {
	var findings []Finding
	for _, b := range want.FailedSources {
		findings = append(findings, Finding{Type: Unreadable, Severity: Error, Message: b.Message, Next: b.Next})
	}
	find := func(p Package, message string) {
		findings = append(findings, Finding{
			Type: Unreadable, Severity: Error, Package: p.Name, Version: p.Version, Message: message, Next: "run again when the registry answers",
		})
	}
	for _, p := range plan.Packages() {
		_, wanted := p.Condition(Trusted)
		t := is[p.Name].Trust
		reported := slices.ContainsFunc(plan.Findings, func(f Finding) bool { return f.Type == Unreadable && f.Package == p.Name })
		if c := unfitted(is[p.Name].Fits); c != nil && !reported {
			find(p, fmt.Sprintf("whether there is a %s@%s, which others need, could not be read: %s", c.Name, c.Wanted, readFailure(c.Err)))
		}
		if wanted && trustNotRead(t) && !reported && !errors.Is(t.Err, spec.ErrUnsupported) {
			find(p, fmt.Sprintf("who is trusted to publish %s could not be read: %s", p.Name, readFailure(t.Err)))
		}
	}
	return findings
}

// unfitted returns the first version or range of a package that others need and that could not be looked up, or nil.
func unfitted(fits map[string]observed.Component) *observed.Component {
	for _, wanted := range slices.Sorted(maps.Keys(fits)) {
		if c := fits[wanted]; c.State == observed.Unknown {
			return &c
		}
	}
	return nil
}
