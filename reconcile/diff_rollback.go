package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
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

// withdrawals settles the condition Retired of each package, and plans its deprecation. That comes after all dist-tags have moved, because
// no dist-tag should point at a deprecated version. Platforms are deprecated together with their entry: they contain the fault, and
// whoever installs one by its own name has to be warned, too.
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
			p.Conditions = append(p.Conditions, Condition{Retired, Unknown, readFailedReason(is.Err), readFailure(is.Err)})
			d.addUnreadable(p.Name, is.Err)
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

// pointing returns the dist-tags that still point at a version, without the release's own, which is waited for anyway.
func (d *releaseDiff) pointing(p *Package, version spec.Version) (pointing []Blocker) {
	for _, tag := range slices.Sorted(maps.Keys(p.DistTags)) {
		if p.DistTags[tag] == version && (tag != d.release.DistTag || p.is(Tagged, True)) {
			pointing = append(pointing, Blocker{Why: fmt.Sprintf("npm dist-tag add %s@VERSION %s: it points at %s",
				p.OnNpm(), p.declared.Home.Tag(tag), p.declared.Home.Version(version))})
		}
	}
	return pointing
}
