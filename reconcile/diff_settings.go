package reconcile

import (
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// settings settles the condition Locked, and plans what is to be set. Who may read a package is read; whether tokens may publish it npm
// shows nobody. So that is set only by who asks for it, and counts as set by this run alone. Packages with one home have one setting.
func (d *releaseDiff) settings(p *Package) {
	is, asked := d.is[d.release.Holder(p.declared)], d.policy.names(Settings)
	why := d.unlockable(*p, is)
	if p.declared.Tokens == spec.TokensForbidden {
		p.Conditions = append(p.Conditions, locked(is, why))
	}
	if !p.holds() || is.Existence == observed.Withdrawn || is.Existence == observed.Unpublished {
		return // it is set once; or there is a finding, and nothing to set
	}
	var set []string
	change := Change{Action: Settings, Actor: Human, Reason: ReasonAccess}
	if p.declared.SetAccess && is.Access != p.declared.Access && (is.Access != "" || asked && is.Existence == observed.Exists) {
		p.setting.Access = p.declared.Access
		set = append(set, "access: "+from(is.Access)+string(p.declared.Access))
	}
	if p.declared.Tokens != "" && asked && !is.TokensSet {
		forbids := p.declared.Tokens == spec.TokensForbidden
		if forbids && why != "" && len(set) == 0 {
			change.block(Blocker{Why: why})
		}
		if !forbids || why == "" || len(set) == 0 {
			p.setting.Tokens, change.Reason = p.declared.Tokens, ReasonTokens
			set = append(set, "tokens: "+string(p.declared.Tokens))
		}
	}
	if len(set) == 0 {
		return
	}
	if !p.is(Seeded, True) {
		change.block(Blocker{Name: p.Name, Condition: Seeded})
	}
	change.Message = strings.Join(set, "; ")
	p.Changes = append(p.Changes, change)
}

func from(access spec.Access) string {
	if access == "" {
		return ""
	}
	return string(access) + " → "
}

const untold = "npm shows nobody whether tokens may publish it; apply --only settings sets that they may not"

// locked judges whether tokens are forbidden.
func locked(is observed.Package, why string) Condition {
	switch {
	case is.TokensSet:
		return Condition{Locked, True, "Set", "this run has set that tokens may not publish it"}
	case why != "" && is.Trust.Listed:
		return Condition{Locked, Unknown, ReasonUnproven, untold + ", after " + why}
	}
	return Condition{Locked, Unknown, ReasonNotShown, untold}
}

// unlockable says what has to come before tokens are forbidden, or "". Whoever forbids them has nothing left to publish with until the
// trusted publisher works, and npm checks none of its values.
func (d *releaseDiff) unlockable(p Package, is observed.Package) string {
	t, by := is.Trust, is.Trust.PublishedBy
	if is.Before != nil { // the version is not there yet
		by = is.Before.PublishedBy
	}
	switch {
	case is.TokensSet, usable(d.want.TrustedPublishers, t, by):
		return ""
	case !t.Listed:
		return "a session that lists its trusted publishers, which this one could not: without one that works nobody could publish it any more"
	case by == "" && is.Manifest != nil && is.Manifest.Publisher != nil && len(is.Manifest.Publisher.Approver) > 0:
		return "a version that its trusted publisher has published: of one that a human approved npm does not say who staged it; " +
			"where you know, npm access set mfa=publish " + p.OnNpm().String()
	}
	return "a version that its trusted publisher has published: before, nobody knows whether that works, and nobody could publish it any more"
}

// usable tells whether a version was published with a desired trusted publisher. The registry names no more than the CI system, so all that
// the package has of it must be desired ones.
func usable(want spec.TrustedPublishers, t observed.Trust, by string) bool {
	if !t.Listed || by == "" {
		return false
	}
	number := 0
	for _, p := range t.Publishers {
		if p.Type != by {
			continue
		}
		if !wanted(want, p) {
			return false
		}
		number++
	}
	return number > 0
}

// wanted tells whether a configured trusted publisher is one of the desired ones.
func wanted(want spec.TrustedPublishers, have spec.TrustedPublisher) bool {
	for i := range want {
		if want[i].Among([]spec.TrustedPublisher{have}) != nil {
			return true
		}
	}
	return false
}
