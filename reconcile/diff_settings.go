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
	lack := d.unlockable(*p, is)
	if p.declared.Tokens == spec.TokensForbidden {
		p.Conditions = append(p.Conditions, locked(is, lack.Why))
	}
	if !p.holds() || is.Existence == observed.Withdrawn || is.Existence == observed.Unpublished {
		return // it is set once; or there is a finding, and nothing to set
	}
	var set []string
	change := Change{Action: Settings, Actor: Human, Reason: ReasonAccess}
	unseen := is.Access == "" && !(asked && is.Existence == observed.Exists && !is.AccessSet)
	if p.declared.SetAccess && is.Access != p.declared.Access && !unseen {
		p.setting.Access = p.declared.Access
		set = append(set, "access: "+from(is.Access)+string(p.declared.Access))
	}
	if p.declared.Tokens != "" && asked && !is.TokensSet {
		forbids := p.declared.Tokens == spec.TokensForbidden
		if forbids && lack.Why != "" && len(set) == 0 {
			change.block(lack)
		}
		if !forbids || lack.Why == "" || len(set) == 0 {
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

// unlockable says what has to come before tokens are forbidden; without a Why nothing has to. Whoever forbids them has nothing left to
// publish with until the trusted publisher works, and npm checks none of its values. Who is trusted is looked up once more right before (in
// internal/actor): also where it takes a second factor to list them.
func (d *releaseDiff) unlockable(p Package, is observed.Package) Blocker {
	t, proof := is.Trust, d.proofOf(is)
	switch {
	case is.TokensSet:
		return Blocker{}
	case proof.By == "" && is.Manifest != nil && is.Manifest.Publisher != nil && len(is.Manifest.Publisher.Approver) > 0:
		return Blocker{Why: aProof + "of one that a human approved npm does not say who staged it; " + byHand(p.OnNpm()), proof: byNoRelease}
	case proof.By == "":
		return Blocker{Why: unproven, proof: byRelease}
	case !t.Listed && errors.Is(t.Err, spec.ErrSecondFactor):
		return Blocker{}
	case !t.Listed:
		return Blocker{Why: "a session that lists its trusted publishers, which this one could not: " +
			"without one that works nobody could publish it any more"}
	}
	return Blocker{Why: proof.Lacks(p.OnNpm(), t.Publishers), proof: byRelease}
}

// proofOf is how the version was published that shows whether its trusted publisher works.
func (d *releaseDiff) proofOf(is observed.Package) Proof {
	if is.Before != nil { // the version is not there yet
		return Proof{d.want.TrustedPublishers, is.Before.PublishedBy, is.Before.With}
	}
	return Proof{d.want.TrustedPublishers, is.Trust.PublishedBy, is.Trust.With}
}

// What has to come before tokens are forbidden.
const (
	aProof   = "a version that its trusted publisher has published: "
	unproven = aProof + "before, nobody knows whether that works, and nobody could publish it any more"
)

// AwaitsProof tells whether settings wait for a release.
func (c Change) AwaitsProof() bool { return c.lacks(byRelease) }

// Unprovable tells whether settings wait for what no release shows, as its versions are approved by humans.
func (c Change) Unprovable() bool { return c.lacks(byNoRelease) }

func (c Change) lacks(what proof) bool {
	return slices.ContainsFunc(c.BlockedBy, func(b Blocker) bool { return b.proof == what })
}

func byHand(name spec.Name) string {
	return "where you know, npm access set mfa=publish " + name.String()
}
