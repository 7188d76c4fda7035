package reconcile

import (
	"fmt"
	"slices"
)

// lost finds, at the end of a run, what is to be feared or known of p by what this run was answered and has waited for in vain.
func (r *run) lost(p Package, found []Finding) []Finding {
	rec, _ := r.ledger.look(key{Publish, p.Name, p.Version})
	wait, waits := p.change(Wait)
	switch known := burnt(p.Name, p.Version, r.free(p)); {
	case rec.burnt && !slices.ContainsFunc(found, known.repeats):
		return []Finding{known}
	case waits && r.late && wait.Actor == Registry && wait.Reason != ReasonBlocked:
		return []Finding{r.stuck(p, rec)}
	}
	return nil
}

func (r *run) stuck(p Package, rec record) Finding {
	next := "run again"
	if rec.pending {
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
