package reconcile

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// version settles the conditions Published, Served and Tagged, and plans their changes, by the table above Diff.
func (d *releaseDiff) version(p *Package, gate []Blocker) {
	is := d.is[p.Name]
	id := p.ID()
	set := func(published, served Status, reason, message string) {
		p.Conditions = append(p.Conditions,
			Condition{Published, published, reason, message}, Condition{Served, served, reason, message})
	}
	switch {
	case is.State == observed.Served:
		set(True, True, "Served", "manifest and tarball are readable")
		d.commit(p, is.Manifest)
	case is.State == observed.Validating && !d.coming(is.State):
		d.settleScanned(p, set)
	case is.State.Coming():
		d.settleComing(p, set)
	case is.State == observed.Conflict:
		set(True, False, "Conflict", "served with other bytes than those published here")
		d.addFinding(Conflict, Error, p.Name, id+" is served with other bytes than those published here",
			fmt.Sprintf("if an earlier run of this release published it, run again: what is served already is adopted; "+
				"else find out who did, and release %s, as a version's number is never free again", d.freeNumber(p)))
	case is.State == observed.Unknown || is.State == "" || is.Existence == observed.Unsure:
		set(Unknown, Unknown, readFailedReason(is.Err), readFailure(is.Err))
		d.addUnreadable(p.Name, is.Err)
	case p.Role == desired.RolePlatform && d.waitsForNextRelease(*p):
		set(False, False, ReasonNextRelease, "the served entry does not list it at this version; it comes with the next release")
		return
	case immovable(is.State):
		d.settleImmovable(p, set)
	case p.Role == desired.RolePlatform && d.coming(d.entryState()):
		set(False, False, "EntryAccepted", "the entry is not served yet, so it cannot be told whether it needs this platform")
		return
	case p.Role == desired.RolePlatform && d.entryState() == observed.Unknown:
		set(False, False, "EntryUnreadable", "the entry could not be read, so it cannot be told whether it needs this platform")
		return
	default:
		set(False, False, "Absent", "the registry does not have it")
		d.publish(p, gate)
	}
	d.tagged(p)
}

// publish plans the change that publishes p.
func (d *releaseDiff) publish(p *Package, gate []Blocker) {
	c := Change{Action: p.upload(), Actor: CI, Reason: "Absent", Message: fmt.Sprintf("%s %s", p.upload(), p.ID())}
	if p.Role == desired.RolePlatform && d.entryState() == observed.Served && p.listed() {
		c.Reason, c.Message = "Torn", fmt.Sprintf("the entry needs %s and is served without it", p.ID())
	}
	c.block(gate...)
	if len(d.downgrades()) > 0 {
		c.Actor, c.Reason = Human, ReasonDowngrade
	}
	p.Changes = append(p.Changes, c)
	d.overTrusted(*p)
}

// commit finds a served platform that was built from another commit than the git tag's. It looks only while the entry is absent: then the
// entry can still be kept back.
func (d *releaseDiff) commit(p *Package, m *spec.Manifest) {
	stoppable := p.Role == desired.RolePlatform && d.entryState() == observed.Absent
	if !stoppable || m == nil || m.GitHead == "" || d.release.Commit == "" || m.GitHead == d.release.Commit {
		return
	}
	d.addFinding(Conflict, Error, p.Name,
		fmt.Sprintf("%s was published from commit %s, the tag %s is at %s", p.ID(), m.GitHead, d.release.Tag, d.release.Commit),
		fmt.Sprintf("the entry stays back; release %s from one commit", d.freeNumber(p)))
}

// coming tells whether a version with this state will be served without anybody's help. What is scanned of a staged release is not: a human
// has to approve it then.
func (d *releaseDiff) coming(s observed.State) bool {
	return s.Coming() && !(s == observed.Validating && d.release.Staged)
}

func (d *releaseDiff) entryState() observed.State {
	entry, ok := d.release.Entry()
	if !ok {
		return ""
	}
	return d.is[entry.Name].State
}

// waitsForNextRelease tells whether the entry is served without this platform, so that the platform is of use only with the next release.
func (d *releaseDiff) waitsForNextRelease(platform Package) bool {
	entry, ok := d.release.Entry()
	if !ok || d.is[entry.Name].Manifest == nil || !platform.listed() {
		return false
	}
	own := d.ownPlatforms(d.is[entry.Name].Manifest)
	return !d.wants(platform.Name, own[platform.Name]) && len(own) > 0
}
