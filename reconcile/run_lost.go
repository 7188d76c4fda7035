package reconcile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// lost finds, at the end of a run, what is to be feared or known of p by what this run was answered and has waited for in vain.
func (r *run) lost(p Package, found []Finding) []Finding {
	published := r.progress(p.Name).last(Publish)
	wait, waits := p.change(Wait)
	switch known := burnt(p.Name, p.Version, r.free(p)); {
	case published.burnt() && !slices.ContainsFunc(found, known.repeats):
		return []Finding{known}
	case waits && r.late && wait.Actor == Registry && wait.Reason != ReasonBlocked:
		return []Finding{r.stuck(p, published)}
	}
	return nil
}

func (r *run) stuck(p Package, published attempt) Finding {
	next := "run again"
	if errors.Is(published.change.Err, spec.ErrPending) {
		next += ", after a look at whether it was staged and waits for a human (npm stage list)"
	}
	return Finding{
		Type: Stuck, Severity: Warning, Package: p.Name, Version: p.Version,
		Message: fmt.Sprintf("%s@%s is accepted and still not served", p.Name, p.Version),
		Next: fmt.Sprintf("%s; if it never comes, or was deleted, release %s, as the number %s is never free again",
			next, r.free(p), p.Version),
	}
}

// Blocked tells whether something is left that no waiting brings on: the registry has blocked it.
func (r Result) Blocked() bool { return r.blocked() }

func (p Plan) blocked() bool {
	return slices.ContainsFunc(p.Packages(), func(p Package) bool {
		c, _ := p.change(Wait)
		return c.Reason == ReasonBlocked
	})
}
