package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// trusted settles the condition Trusted and its change, by the best evidence at hand. A refused exchange is stronger than the configured
// list, as it shows what npm does now; the list is stronger than how some version was published once.
func (d *releaseDiff) trusted(p *Package) {
	if len(d.want.TrustedPublishers) == 0 {
		return
	}
	c := trust(d.want.TrustedPublishers, d.is[p.Name])
	if left := d.left(c, d.is[p.Name].Trust); left != "" {
		c.Reason, c.Message = ReasonMoving, c.Message+"; "+left
	}
	if c.Status == True && d.unproven(d.is[p.Name]) {
		c.Reason, c.Message = ReasonUnproven, c.Message+"; nothing was ever published with it"
	}
	p.Conditions = append(p.Conditions, c)
	reason, message := c.Reason, c.Message
	lost := d.is[p.Name].Existence == observed.Unpublished || d.is[p.Name].Existence == observed.Withdrawn
	switch surplus := d.surplus(d.is[p.Name].Trust); {
	case lost:
		return // there is a finding, and nothing to configure
	case c.Reason == ReasonReadFailed && d.policy.asksWhoIsTrusted():
		if !d.reportedUnreadable(p.Name) && p.holds() {
			d.addFinding(Unreadable, Error, p.Name, fmt.Sprintf("who is trusted to publish %s could not be read: %s", p.OnNpm(), c.Message),
				"nothing is planned for that; run again when the registry answers")
		}
		return
	case !p.holds():
		return // the trusted publishers of its home are set once
	case c.Status == False, c.Reason == ReasonUnlisted && d.policy.Session:
	case len(surplus) > 0:
		reason = ReasonSurplus
		message = plural(len(surplus), "trusted publisher is there that should not be: ",
			"trusted publishers are there that should not be: ") + Enumerate(surplus)
	default:
		return
	}
	change := Change{Action: Trust, Actor: Human, Reason: reason, Message: message}
	if !p.is(Seeded, True) {
		change.block(Blocker{Name: p.Name, Condition: Seeded})
	}
	p.Changes = append(p.Changes, change)
}

// trust judges the evidence, the strongest first. True means that every wanted trusted publisher is known to be configured with at least
// its permissions. An exchange is evidence only for the one trusted publisher that the ID token belongs to.
func trust(want spec.TrustedPublishers, is observed.Package) Condition {
	t := is.Trust
	sorted := want.Sort(t.Publishers, providers.Supersedes)
	missing := sorted.Missing()
	refused := t.Exchange == observed.ExchangeRefused
	switch {
	case is.Existence == observed.Missing, is.Existence == observed.Unpublished, is.Existence == observed.Withdrawn:
		return Condition{Trusted, False, "NotSeeded", "no trusted publisher: the name is not there to have one"}
	case t.Listed && slices.ContainsFunc(missing, onlyStages): // whatever the exchange, which gives a token for staging, too
		return lacking(want, missing, sorted.Others)
	case t.Exchange == observed.ExchangeTaken:
		return exchanged(want, t, sorted)
	case refused && len(t.Differences) > 0:
		return Condition{Trusted, Unknown, ReasonOtherPipeline, otherPipeline(want) + Differences(t.Differences)}
	case refused && is.Existence == observed.Unsure: // it is refused for names that are free, too
		return Condition{Trusted, Unknown, ReasonReadFailed, readFailure(is.Err)}
	case refused && (!t.Listed || ownOf(want, t) != nil && ownOf(want, t).Among(t.Publishers) != nil):
		return Condition{Trusted, False, ReasonExchangeRefused, fmt.Sprintf("the ID token fits, and was refused: %v", t.Refusal)}
	case t.Listed && len(missing) > 0:
		return lacking(want, missing, sorted.Others)
	case t.Listed && len(want) > 1:
		return Condition{Trusted, True, "Configured", fmt.Sprintf("the %d desired trusted publishers are configured", len(want))}
	case t.Listed:
		return Condition{Trusted, True, "Configured", "a trusted publisher with the desired claims is configured"}
	case len(want) == 1 && t.PublishedBy == want[0].Type:
		return Condition{Trusted, True, "PublishedWithIDToken", "this version was published with an ID token of " + want[0].Type}
	case t.Exchange == observed.TokenRefused:
		return Condition{Trusted, Unknown, ReasonTokenRefused, fmt.Sprintf("the ID token is refused as such: %v", t.Refusal)}
	case errors.Is(t.Err, spec.ErrSecondFactor), errors.Is(t.Err, spec.ErrRefused), errors.Is(t.Err, spec.ErrNotFound):
		return Condition{Trusted, Unknown, ReasonUnlisted, unlisted(t.Err)}
	case t.Err != nil:
		return Condition{Trusted, Unknown, ReasonReadFailed, readFailure(t.Err)}
	}
	return Condition{Trusted, Unknown, "NoEvidence", "only a human's session or an exchange in CI can tell"}
}

// exchanged judges a package for which the registry accepted the ID token.
func exchanged(want spec.TrustedPublishers, t observed.Trust, sorted spec.Trusts) Condition {
	const taken = "the registry exchanged this pipeline's ID token"
	own := ownOf(want, t)
	others := slices.DeleteFunc(sorted.Missing(), func(m spec.Match) bool { return own != nil && m.Want.Same(*own) })
	switch {
	case len(want) == 1 && own != nil, t.Listed && len(others) == 0:
		return Condition{Trusted, True, "ExchangeAccepted", taken}
	case t.Listed:
		return lacking(want, others, sorted.Others)
	case len(want) == 1:
		return Condition{Trusted, Unknown, ReasonOthersUnknown, taken + ", which is not the desired trusted publisher's (" +
			Differences(t.Differences) + "); only a human's session can tell whether that is configured"}
	}
	var names []string
	for _, m := range others {
		names = append(names, providers.Title(m.Want))
	}
	return Condition{Trusted, Unknown, ReasonOthersUnknown,
		taken + "; only a human's session can tell whether the others are configured: " + Enumerate(names)}
}

// ownOf returns the wanted trusted publisher that the ID token at hand belongs to, or nil.
func ownOf(want spec.TrustedPublishers, t observed.Trust) *spec.TrustedPublisher {
	if t.Fitting == nil && len(want) == 1 && len(t.Differences) == 0 {
		return &want[0]
	}
	return t.Fitting
}

func otherPipeline(want spec.TrustedPublishers) string {
	if len(want) == 1 {
		return "the ID token at hand is not the desired trusted publisher's: "
	}
	return fmt.Sprintf("the ID token at hand is of none of the %d desired trusted publishers; from the nearest it differs thus: ", len(want))
}

// onlyStages tells whether a trusted publisher is as wanted but for the permission to publish directly.
func onlyStages(m spec.Match) bool {
	return len(m.Outdated) > 0 && m.Outdated[0].MayOnlyStage(m.Want)
}

// lacking returns the False condition that says which trusted publishers are not as wanted.
func lacking(want spec.TrustedPublishers, missing []spec.Match, others []spec.TrustedPublisher) Condition {
	reason, lines, moved := "NotConfigured", []string{}, providers.Moved(want, others)
	for _, m := range missing {
		line := "no " + m.Want.Type + " trusted publisher is configured"
		switch {
		case onlyStages(m):
			line = "the trusted publisher may only stage: it lacks the permission to publish directly"
			if reason = ReasonMayOnlyStage; len(want) > 1 {
				line = "it may only stage"
			}
		case len(m.Outdated) > 0:
			line = Differences(m.Outdated[0].Differences(m.Want))
			if reason != ReasonMayOnlyStage {
				reason = ReasonClaimsDiffer
			}
		case len(want) > 1:
			line = "not configured"
		case len(moved) > 0:
			reason, line = ReasonMoving, moving(moved, m.Want)
		case len(others) > 0:
			line = plural(len(others), "trusted publisher is configured, for another", "trusted publishers are configured, all for others")
		}
		if len(want) > 1 {
			line = providers.Title(m.Want) + ": " + line
		}
		lines = append(lines, line)
	}
	return Condition{Trusted, False, reason, strings.Join(lines, "; ")}
}

// renew returns the trusted publisher that is configured and was refused all the same: it has to be created again.
func (r *run) renew(name spec.Name, c Change) *spec.TrustedPublisher {
	if c.Reason != ReasonExchangeRefused {
		return nil
	}
	return ownOf(r.want.TrustedPublishers, r.snapshot[name].Trust)
}

// trustNotRead tells whether a failure of the registry hides who is trusted. An answer that refuses to show it is no failure.
func trustNotRead(t observed.Trust) bool {
	settled := errors.Is(t.Err, spec.ErrSecondFactor) || errors.Is(t.Err, spec.ErrRefused) || errors.Is(t.Err, spec.ErrNotFound)
	return t.Err != nil && !settled && !t.Listed && t.Exchange == observed.Untried
}

// unlisted says why a session could not list the trusted publishers, in the same words for all packages.
func unlisted(err error) string {
	switch {
	case errors.Is(err, spec.ErrSecondFactor):
		return "listing the trusted publishers takes a second factor, which apply asks for"
	case errors.Is(err, spec.ErrRefused):
		return "this session may not list the trusted publishers: npm login anew, as somebody who may publish the package"
	}
	return "the registry shows no trusted publishers to this session, as it does to who may not publish the package"
}

// surplus names the trusted publishers that the desired ones supersede, those that the project has moved away from for good, and all others
// where they are to be pruned.
func (d *releaseDiff) surplus(t observed.Trust) []string {
	sorted := d.want.TrustedPublishers.Sort(t.Publishers, providers.Supersedes)
	surplus := sorted.Outdated()
	switch {
	case d.policy.Prune:
		surplus = slices.Concat(surplus, sorted.Others)
	case proven(d.want.TrustedPublishers, t):
		surplus = slices.Concat(surplus, providers.Moved(d.want.TrustedPublishers, sorted.Others))
	}
	var names []string
	for _, p := range surplus {
		names = append(names, strings.TrimSpace(p.Type+" "+p.ID))
	}
	return names
}
