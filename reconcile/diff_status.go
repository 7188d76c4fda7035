package reconcile

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// settleComing settles a version that the registry has accepted and will serve without anybody's help.
func (d *releaseDiff) settleComing(p *Package, set func(published, served Status, reason, message string)) {
	c := Change{Action: Wait, Actor: Registry, Reason: "Accepted",
		Message: "npm scans a version before it serves it, typically for 5 minutes"}
	said := "the registry has accepted it and does not serve it yet"
	if d.is[p.Name].State == observed.Validating {
		c.Reason, said = ReasonValidating, "the registry says that it is being scanned"
	}
	set(True, False, c.Reason, said)
	p.Changes = append(p.Changes, c)
}

// immovable tells whether a version is staged, blocked or burnt. No upload changes that.
func immovable(s observed.State) bool {
	return s == observed.Staged || s == observed.Blocked || s == observed.Burnt
}

// settleImmovable settles a version that is staged, blocked or burnt, and says who can do what about it.
func (d *releaseDiff) settleImmovable(p *Package, set func(published, served Status, reason, message string)) {
	id := p.ID()
	switch d.is[p.Name].State {
	case observed.Staged:
		if d.release.Staged {
			d.settleStaged(p, set)
			return
		}
		set(False, False, ReasonStaged, "the registry holds it until a human approves or rejects it")
		p.Changes = append(p.Changes, Change{Action: Wait, Actor: Human, Reason: ReasonStaged,
			Message: id + " is staged: a human has to approve or reject it"})
	case observed.Blocked:
		set(True, False, ReasonBlocked, "the registry has blocked it: it is not served, and waiting does not help")
		p.Changes = append(p.Changes, Change{Action: Wait, Actor: Registry, Reason: ReasonBlocked,
			Message: "only npm's support can lift the block"})
		d.addFinding(Stuck, Warning, p.Name,
			fmt.Sprintf("%s was accepted, and then blocked by the registry (status blocked): it is not served", id),
			fmt.Sprintf("look through what it holds for what a scanner can mean, and appeal to npm's support; run again once the block is "+
				"lifted, or release %s without the cause", d.freeNumber(p)))
	case observed.Burnt:
		set(False, False, ReasonBurnt, "it was deleted, and its number is never free again")
		f := burnt(*p, d.freeNumber(p))
		d.addFinding(f.Type, f.Severity, f.Package, f.Message, f.Next)
	}
}

// burnt returns the finding for a version whose number can never be published again.
func burnt(p Package, next spec.Version) Finding {
	return Finding{
		Type: Burnt, Severity: Error, Package: p.Name, Version: p.Version,
		Message: fmt.Sprintf("%s was deleted: the number %s is burnt, and is never free again", p.ID(), p.declared.Home.Version(p.Version)),
		Next:    fmt.Sprintf("release %s, which is above every number that was ever used, as far as the registry tells", next),
	}
}

// immovables returns the packages that are staged, blocked or burnt. They keep the whole release from starting, as it could not be
// finished. A platform that a served entry does not list keeps nothing back.
func (d *releaseDiff) immovables() []Blocker {
	var gate []Blocker
	for _, p := range d.packages {
		if p.Role == desired.RolePlatform && d.waitsForNextRelease(p) {
			continue
		}
		switch state := d.is[p.Name].State; {
		case state == observed.Staged && !d.release.Staged:
			gate = append(gate, Blocker{Why: fmt.Sprintf("a human to approve or reject %s, which is staged", p.ID()), permanent: true})
		case state == observed.Blocked:
			gate = append(gate, Blocker{Name: p.Name, Condition: Served, permanent: true})
		case state == observed.Burnt:
			gate = append(gate, Blocker{Why: fmt.Sprintf("another number: %s of %s is burnt",
				p.declared.Home.Version(p.Version), p.OnNpm()), permanent: true})
		}
	}
	return gate
}
