package reconcile

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// coming settles a version that the registry has taken and will serve by itself.
func (d *releaseDiff) coming(p *Package, set func(published, served Status, reason, message string)) {
	c := Change{Action: Wait, Actor: Registry, Reason: "Accepted",
		Message: "npm scans a version before it serves it, typically for 5 minutes"}
	said := "the registry has accepted it and does not serve it yet"
	if d.is[p.Name].State == observed.Validating {
		c.Reason, said = "Validating", "the registry says that it is being scanned"
	}
	set(True, False, c.Reason, said)
	p.Changes = append(p.Changes, c)
}

// standing tells whether a version is staged, blocked or burnt: no upload changes that.
func standing(s observed.State) bool {
	return s == observed.Staged || s == observed.Blocked || s == observed.Burnt
}

// stands settles such a version.
func (d *releaseDiff) stands(p *Package, set func(published, served Status, reason, message string)) {
	id := fmt.Sprintf("%s@%s", p.Name, p.Version)
	switch d.is[p.Name].State {
	case observed.Staged:
		set(False, False, ReasonStaged, "the registry holds it until a human approves or rejects it")
		p.Changes = append(p.Changes, Change{Action: Wait, Actor: Human, Reason: ReasonStaged,
			Message: id + " is staged: a human has to approve or reject it"})
	case observed.Blocked:
		set(True, False, ReasonBlocked, "the registry has blocked it: it is not served, and waiting does not help")
		p.Changes = append(p.Changes, Change{Action: Wait, Actor: Registry, Reason: ReasonBlocked,
			Message: "only npm's support can lift the block"})
		d.find(Stuck, Warning, p.Name, fmt.Sprintf("%s was accepted, and then blocked by the registry (status blocked): it is not served", id),
			fmt.Sprintf("look through what it holds for what a scanner can mean, and appeal to npm's support; run again once the block is "+
				"lifted, or release %s without the cause", d.free(p)))
	case observed.Burnt:
		set(False, False, ReasonBurnt, "it was deleted, and its number is never free again")
		f := burnt(p.Name, p.Version, d.free(p))
		d.find(f.Type, f.Severity, f.Package, f.Message, f.Next)
	}
}

// burnt is the finding of a version whose number cannot be had.
func burnt(name spec.Name, version, next spec.Version) Finding {
	return Finding{
		Type: Burnt, Severity: Error, Package: name, Version: version,
		Message: fmt.Sprintf("%s@%s was deleted: the number %s is burnt, and is never free again", name, version, version),
		Next:    fmt.Sprintf("release %s, which is above every number that was ever used, as far as the registry tells", next),
	}
}

// standings keep a whole release from starting: it cannot be finished. Of a platform that a served entry does not list they
// do not.
func (d *releaseDiff) standings() []Blocker {
	var gate []Blocker
	for _, p := range d.packages {
		if p.Role == desired.RolePlatform && d.later(p.Name) {
			continue
		}
		switch d.is[p.Name].State {
		case observed.Staged:
			gate = append(gate, Blocker{Why: fmt.Sprintf("a human to approve or reject %s@%s, which is staged", p.Name, p.Version), standing: true})
		case observed.Blocked:
			gate = append(gate, Blocker{Name: p.Name, Condition: Served, standing: true})
		case observed.Burnt:
			gate = append(gate, Blocker{Why: fmt.Sprintf("another number: %s of %s is burnt", p.Version, p.Name), standing: true})
		}
	}
	return gate
}
