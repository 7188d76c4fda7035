package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// rollback adds the change that points the dist-tag at the version that the state file goes back to.
func (d *releaseDiff) rollback(p *Package, current spec.Version) {
	from := current.String()
	if from == "" {
		from = "none"
	}
	p.Changes = append(p.Changes, Change{Action: Tag, Actor: Human, Reason: ReasonRollback,
		Message: fmt.Sprintf("%s → %s (rollback)", from, p.Version)})
}

// order lets the dist-tags of a rollback move one after the other: back, the entry's first, so that nobody is sent to a version any
// longer of which a platform was taken back already; forward, the entry's last, as in a release. While it cannot be read where the
// entry's points, it cannot be told which way it goes: nothing moves.
func (d *releaseDiff) order() {
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

// untagged are the packages of a role ("": all) whose dist-tag does not point at the version yet.
func (d *releaseDiff) untagged(role desired.Role) (untagged []Blocker) {
	for _, p := range d.packages {
		if c, ok := p.Condition(Tagged); ok && c.Status != True && (role == "" || p.Role == role) {
			untagged = append(untagged, Blocker{Name: p.Name, Condition: Tagged})
		}
	}
	return untagged
}

// withdrawals settles for each package the condition Deprecated, and its change, which comes after all dist-tags: no dist-tag is to
// point at what is deprecated. The platforms are withdrawn with their entry: they hold what is wrong, and who installs one by its own
// name is to be warned, too.
func (d *releaseDiff) withdrawals() {
	if len(d.release.Withdrawn) == 0 {
		return
	}
	var first []Blocker
	if d.release.Version != "" {
		first = d.untagged("")
	}
	for i := range d.packages {
		d.withdrawal(&d.packages[i], first)
	}
}

func (d *releaseDiff) withdrawal(p *Package, first []Blocker) {
	var open, kept []string
	var pointing []Blocker
	served, _ := p.Condition(Served)
	for _, w := range d.release.Withdrawn {
		is, known := d.is[p.Name].Withdrawn[w.Version]
		switch {
		case !known && d.is[p.Name].Existence != observed.Exists: // there is nothing to be deprecated
		case !known, is.State == observed.Unknown:
			p.Conditions = append(p.Conditions, Condition{Retired, Unknown, unread(is.Err), unreadable(is.Err)})
			d.unreadable(p.Name, is.Err)
			return
		case is.State != observed.Served || is.Deprecated == w.Message:
		case served.Reason == ReasonNextRelease && p.DistTags[d.release.DistTag] == w.Version: // it came with that version
			kept = append(kept, w.Version.String())
		default:
			open = append(open, fmt.Sprintf("%s: %s", w.Version, w.Message))
			pointing = append(pointing, d.pointing(p, w.Version)...)
		}
	}
	switch {
	case len(open) == 0 && len(kept) > 0:
		p.Conditions = append(p.Conditions, Condition{Retired, False, ReasonNextRelease, fmt.Sprintf(
			"%s has nothing else to point at before the next release, so that this is not deprecated: %s", d.release.DistTag, Enumerate(kept))})
		return
	case len(open) == 0:
		p.Conditions = append(p.Conditions, Condition{Retired, True, "Deprecated", "what the state file withdraws is deprecated"})
		return
	}
	message := "deprecate " + Enumerate(open)
	p.Conditions = append(p.Conditions, Condition{Retired, False, "NotDeprecated", message})
	c := Change{Action: Deprecate, Actor: Human, Reason: "Withdrawn", Message: message}
	c.block(slices.Concat(first, pointing)...)
	p.Changes = append(p.Changes, c)
}

// pointing are the dist-tags that still point at a version, but for the one that is waited for anyway.
func (d *releaseDiff) pointing(p *Package, version spec.Version) (pointing []Blocker) {
	for _, tag := range slices.Sorted(maps.Keys(p.DistTags)) {
		if p.DistTags[tag] == version && (tag != d.release.DistTag || p.is(Tagged, True)) {
			pointing = append(pointing, Blocker{Why: fmt.Sprintf("npm dist-tag add %s@VERSION %s: it points at %s", p.Name, tag, version)})
		}
	}
	return pointing
}
