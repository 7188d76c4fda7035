package reconcile

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// rollback plans the change that points the dist-tag at the version that the state file goes back to.
func (d *releaseDiff) rollback(p *Package, current spec.Version) {
	from := current.String()
	if from == "" {
		from = "none"
	}
	p.Changes = append(p.Changes, Change{Action: Tag, Actor: Human, Reason: ReasonRollback,
		Message: fmt.Sprintf("%s → %s (rollback)", from, p.Version)})
}

// orderRollback blocks the dist-tags of a rollback so that they move in a safe order. Backwards, the entry's dist-tag moves first:
// otherwise users would install an entry whose platforms have gone back already. Forwards, the entry's moves last, as in a release. While
// the entry's dist-tag cannot be read, the direction is not known, and nothing moves.
func (d *releaseDiff) orderRollback() {
	entry, ok := d.release.Entry()
	if !ok || !d.release.Rollback {
		return
	}
	tags := d.is[entry.Name].DistTags
	back := tags == nil || tags[d.release.DistTag].Compare(d.release.Version) > 0 // one that could not be read may point higher
	for i := range d.packages {
		switch p := &d.packages[i]; {
		case p.Role == desired.RolePlatform && back:
			p.block(Tag, Blocker{Name: entry.Name, Condition: Tagged})
		case p.Role == desired.RoleEntry && !back:
			p.block(Tag, d.untagged(desired.RolePlatform)...)
		}
	}
}

// untagged returns the packages of a role ("": of all roles) whose dist-tag does not point at the version yet.
func (d *releaseDiff) untagged(role desired.Role) (untagged []Blocker) {
	for _, p := range d.packages {
		if c, ok := p.Condition(Tagged); ok && c.Status != True && (role == "" || p.Role == role) {
			untagged = append(untagged, Blocker{Name: p.Name, Condition: Tagged})
		}
	}
	return untagged
}
