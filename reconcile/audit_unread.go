package reconcile

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// FailedSource is a source that could not be asked while others could. Something may be there that a check did not see for that.
type FailedSource struct {
	Message string // what could not be read, why, and what is not known for that
	Next    string
}

// unaudited finds what a check of everything was to look at and could not. A session that may not list who is trusted is no
// failure, nor is a registry that knows of no trusted publishers. What a version says of who published it
// is a hint, and does not make up for it.
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
		told := slices.ContainsFunc(plan.Findings, func(f Finding) bool { return f.Type == Unreadable && f.Package == p.Name })
		if c := unfitted(is[p.Name].Fits); c != nil && !told {
			find(p, fmt.Sprintf("whether there is a %s@%s, which others need, could not be read: %s", c.Name, c.Wanted, unreadable(c.Err)))
		}
		if wanted && untold(t) && !told && !errors.Is(t.Err, spec.ErrUnsupported) {
			find(p, fmt.Sprintf("who is trusted to publish %s could not be read: %s", p.Name, unreadable(t.Err)))
		}
	}
	return findings
}

// unfitted is the first of what others need of a package that could not be looked up, or nil.
func unfitted(fits map[string]observed.Component) *observed.Component {
	for _, wanted := range slices.Sorted(maps.Keys(fits)) {
		if c := fits[wanted]; c.State == observed.Unknown {
			return &c
		}
	}
	return nil
}
