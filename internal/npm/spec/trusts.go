package spec

import "slices"

// TrustedPublishers are those that a package should have, as a set: no two of them have the same claims.
type TrustedPublishers []TrustedPublisher

// Trusts is a package's trust configuration as seen from the trusted publishers that are wanted.
type Trusts struct {
	Each   []Match            // of each that is wanted, in their order
	Others []TrustedPublisher // of other pipelines and providers
}

// Match is a wanted trusted publisher and what the package has of it.
type Match struct {
	Want     TrustedPublisher
	Fitting  *TrustedPublisher  // nil: none is as wanted
	Outdated []TrustedPublisher // superseded by it, the nearest first
}

// Among returns that of a package's trusted publishers which is as p is wanted, or nil.
func (p TrustedPublisher) Among(have []TrustedPublisher) *TrustedPublisher {
	i := slices.IndexFunc(have, func(h TrustedPublisher) bool { return h.Type == p.Type && len(h.Differences(p)) == 0 })
	if i < 0 {
		return nil
	}
	return &have[i]
}

// MayOnlyStage tells whether p is the wanted trusted publisher, but for the permission to publish directly.
func (p TrustedPublisher) MayOnlyStage(want TrustedPublisher) bool {
	differences := p.Differences(want)
	return p.Type == want.Type && len(differences) == 1 && differences[0].Claim == permissions &&
		slices.Contains(want.Permissions, PermissionPublish) && !slices.Contains(p.Permissions, PermissionPublish)
}

// Sort tells which of a package's trusted publishers are as wanted, which are superseded, and which are nobody's business
// here. One that several of those wanted would supersede counts for one that is still missing, the nearest. What supersedes what
// is for their providers to say.
func (all TrustedPublishers) Sort(have []TrustedPublisher, supersedes func(want, have TrustedPublisher) bool) Trusts {
	t := Trusts{Each: make([]Match, len(all))}
	taken := make([]bool, len(have))
	for i, want := range all {
		t.Each[i].Want = want
		for j := range have {
			if !taken[j] && t.Each[i].Fitting == nil && want.Among(have[j:j+1]) != nil {
				t.Each[i].Fitting, taken[j] = &have[j], true
			}
		}
	}
	for j, h := range have {
		if taken[j] {
			continue
		}
		if m := t.superseding(h, supersedes); m != nil {
			m.Outdated = append(m.Outdated, h)
		} else {
			t.Others = append(t.Others, h)
		}
	}
	for _, m := range t.Each {
		slices.SortStableFunc(m.Outdated, func(a, b TrustedPublisher) int {
			return len(a.Differences(m.Want)) - len(b.Differences(m.Want))
		})
	}
	return t
}

// superseding returns the wanted one that takes the place of h, or nil.
func (t Trusts) superseding(h TrustedPublisher, supersedes func(want, have TrustedPublisher) bool) *Match {
	var best *Match
	for i := range t.Each {
		m := &t.Each[i]
		if !supersedes(m.Want, h) {
			continue
		}
		missing := best != nil && m.Fitting == nil && best.Fitting != nil
		alike := best != nil && (m.Fitting == nil) == (best.Fitting == nil)
		if best == nil || missing || alike && len(h.Differences(m.Want)) < len(h.Differences(best.Want)) {
			best = m
		}
	}
	return best
}

// Missing returns what is wanted and not there, with what it supersedes.
func (t Trusts) Missing() []Match {
	return slices.DeleteFunc(slices.Clone(t.Each), func(m Match) bool { return m.Fitting != nil })
}

// Fitting returns what is there as wanted.
func (t Trusts) Fitting() []TrustedPublisher {
	var fitting []TrustedPublisher
	for _, m := range t.Each {
		if m.Fitting != nil {
			fitting = append(fitting, *m.Fitting)
		}
	}
	return fitting
}

// Outdated returns all that is superseded.
func (t Trusts) Outdated() []TrustedPublisher {
	var outdated []TrustedPublisher
	for _, m := range t.Each {
		outdated = append(outdated, m.Outdated...)
	}
	return outdated
}

// First returns the first of a type, or nil.
func (all TrustedPublishers) First(of string) *TrustedPublisher {
	i := slices.IndexFunc(all, func(p TrustedPublisher) bool { return p.Type == of })
	if i < 0 {
		return nil
	}
	return &all[i]
}
