package reconcile

import (
	"errors"
	"slices"
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
	if p.declared.SetAccess && is.Access != p.declared.Access && (is.Access != "" || asked && is.Existence == observed.Exists && !is.AccessSet) {
		p.setting.Access = p.declared.Access
		set = append(set, "access: "+from(is.Access)+string(p.declared.Access))
	}
	if p.declared.Tokens != "" && asked && !is.TokensSet {
		forbids := p.declared.Tokens == spec.TokensForbidden
		if forbids && why != "" && len(set) == 0 {
			change.block(Blocker{Why: why})
		}
		if !forbids || why == "" || len(set) == 0 {
			p.setting.Tokens, p.setting.Proof, change.Reason = p.declared.Tokens, d.proofOf(is), ReasonTokens
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
// trusted publisher works, and npm checks none of its values. Who is trusted is looked up once more right before (in internal/actor): also
// where it takes a second factor to list them.
func (d *releaseDiff) unlockable(p Package, is observed.Package) string {
	t, proof := is.Trust, d.proofOf(is)
	switch {
	case is.TokensSet:
		return ""
	case proof.By == "" && is.Manifest != nil && is.Manifest.Publisher != nil && len(is.Manifest.Publisher.Approver) > 0:
		return "a version that its trusted publisher has published: of one that a human approved npm does not say who staged it; " + byHand(p.OnNpm())
	case proof.By == "":
		return Unlocked
	case !t.Listed && errors.Is(t.Err, spec.ErrSecondFactor):
		return ""
	case !t.Listed:
		return "a session that lists its trusted publishers, which this one could not: without one that works nobody could publish it any more"
	}
	return proof.Lacks(p.OnNpm(), t.Publishers)
}

// proofOf is how the version was published that shows whether its trusted publisher works.
func (d *releaseDiff) proofOf(is observed.Package) Proof {
	if is.Before != nil { // the version is not there yet
		return Proof{d.want.TrustedPublishers, is.Before.PublishedBy, is.Before.With}
	}
	return Proof{d.want.TrustedPublishers, is.Trust.PublishedBy, is.Trust.With}
}

// Unlocked says what has to come before tokens are forbidden.
const Unlocked = "a version that its trusted publisher has published: before, nobody knows whether that works, and nobody could publish it any more"

func byHand(name spec.Name) string {
	return "where you know, npm access set mfa=publish " + name.String()
}

// Holds tells whether the version was published with a desired one of the trusted publishers that the package has. Where the registry names
// no more than the CI system, all of it must be desired ones.
func (p Proof) Holds(have []spec.TrustedPublisher) bool {
	number := 0
	for _, one := range have {
		switch {
		case one.Type != p.By, p.names(have) && !p.named(one):
		case !wanted(p.Want, one):
			return false
		default:
			number++
		}
	}
	return number > 0
}

// Lacks says why the proof does not hold, or "".
func (p Proof) Lacks(name spec.Name, have []spec.TrustedPublisher) string {
	switch {
	case p.Holds(have):
		return ""
	case p.names(have) && !slices.ContainsFunc(have, p.named):
		return "a version that its trusted publisher has published: the one that published before is not there any more, or was made anew " +
			"since, and npm checks no values; " + byHand(name)
	}
	return Unlocked
}

// names tells whether the registry says which trusted publisher it was: they have IDs then.
func (p Proof) names(have []spec.TrustedPublisher) bool {
	return p.With != "" && !slices.ContainsFunc(have, func(one spec.TrustedPublisher) bool { return one.ID == "" })
}

// named tells whether it was this one. A manifest has "oidc:" before the ID; whether the list of trusted publishers has it too is not known.
func (p Proof) named(one spec.TrustedPublisher) bool {
	return strings.TrimPrefix(one.ID, "oidc:") == strings.TrimPrefix(p.With, "oidc:")
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
