package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// seeded settles the condition Seeded and its change.
func (d *releaseDiff) seeded(p *Package) {
	is := d.is[p.Name]
	set := func(s Status, reason, message string) {
		p.Conditions = append(p.Conditions, Condition{Seeded, s, reason, message})
	}
	switch is.Existence {
	case observed.Exists:
		set(True, "Exists", "the name exists")
	case observed.Reserved:
		set(True, "Accepted", "the registry has taken the name and does not serve it yet")
	case observed.Withdrawn:
		set(False, "SecurityHolding", "the registry's security team holds the name")
		d.find(Withdrawn, Error, p.Name, fmt.Sprintf("%s is held by the registry's security team", p.Name),
			"ask npm's support to have the name back, or choose another")
	case observed.Unpublished:
		set(False, "Unpublished", "all versions of the package were unpublished on "+is.UnpublishedAt.UTC().Format(time.DateOnly))
		d.find(Withdrawn, Error, p.Name,
			fmt.Sprintf("%s was unpublished on %s, and is not vacant for that", p.Name, is.UnpublishedAt.UTC().Format(time.DateOnly)),
			fmt.Sprintf("its owner can publish again 24 hours after, under a number that was never used, which %s may not be any more: "+
				"set spec.placeholder.version; or choose another name", d.want.Placeholder))
	case observed.Missing:
		set(False, ReasonMissing, "the name does not exist yet")
		if d.policy.Token && p.Version != "" {
			return // a session's token publishes a new name directly
		}
		p.Changes = append(p.Changes, Change{
			Action: Seed, Actor: Human, Reason: ReasonMissing,
			Message: fmt.Sprintf("publish the placeholder %s@%s: a trusted publisher needs an existing name", p.Name, d.want.Placeholder),
		})
	default:
		set(Unknown, unread(is.Err), unreadable(is.Err))
		d.unreadable(p.Name, is.Err)
	}
}

// trusted settles the condition Trusted and its change, by the best evidence at hand: a refused exchange outweighs what is
// configured, what is configured outweighs what was once published.
func (d *releaseDiff) trusted(p *Package) {
	if d.want.TrustedPublisher == nil {
		return
	}
	c := trust(*d.want.TrustedPublisher, d.is[p.Name])
	if c.Status == True && d.unproven(d.is[p.Name]) {
		c.Reason, c.Message = ReasonUnproven, c.Message+"; nothing was ever published with it"
	}
	p.Conditions = append(p.Conditions, c)
	reason, message := c.Reason, c.Message
	lost := d.is[p.Name].Existence == observed.Unpublished || d.is[p.Name].Existence == observed.Withdrawn
	switch surplus := d.surplus(d.is[p.Name].Trust); {
	case lost:
		return // there is a finding, and nothing to configure
	case c.Reason == ReasonReadFailed && d.policy.settles():
		if !d.blind(p.Name) {
			d.find(Unreadable, Error, p.Name, fmt.Sprintf("who is trusted to publish %s could not be read: %s", p.Name, c.Message),
				"nothing is planned for that; run again when the registry answers")
		}
		return
	case c.Status == False, c.Reason == ReasonUnlisted && d.policy.Settle:
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

func trust(want spec.TrustedPublisher, is observed.Package) Condition {
	t := is.Trust
	sorted := want.Sort(t.Publishers)
	fits := sorted.Fitting != nil
	switch {
	case is.Existence == observed.Missing, is.Existence == observed.Unpublished, is.Existence == observed.Withdrawn:
		return Condition{Trusted, False, "NotSeeded", "no trusted publisher: the name is not there to have one"}
	case t.Exchange == observed.ExchangeTaken:
		return Condition{Trusted, True, "ExchangeAccepted", "the registry exchanged this pipeline's ID token"}
	case t.Exchange == observed.ExchangeRefused && len(t.Differences) > 0:
		return Condition{Trusted, Unknown, ReasonOtherPipeline,
			"the ID token at hand is not the desired trusted publisher's: " + Differences(t.Differences)}
	case t.Exchange == observed.ExchangeRefused && is.Existence == observed.Unsure: // it is refused for names that are free, too
		return Condition{Trusted, Unknown, ReasonReadFailed, unreadable(is.Err)}
	case t.Exchange == observed.ExchangeRefused && (fits || !t.Listed):
		return Condition{Trusted, False, ReasonExchangeRefused, fmt.Sprintf("the ID token fits, and was refused: %v", t.Refusal)}
	case fits:
		return Condition{Trusted, True, "Configured", "a trusted publisher with the desired claims is configured"}
	case t.Listed && len(sorted.Outdated) > 0:
		return Condition{Trusted, False, ReasonClaimsDiffer, Differences(sorted.Outdated[0].Differences(want))}
	case t.Listed && len(sorted.Others) > 0:
		return Condition{Trusted, False, "NotConfigured",
			plural(len(sorted.Others), "trusted publisher is configured, for another", "trusted publishers are configured, all for others")}
	case t.Listed:
		return Condition{Trusted, False, "NotConfigured", fmt.Sprintf("no %s trusted publisher is configured", want.Type)}
	case t.PublishedBy == want.Type:
		return Condition{Trusted, True, "PublishedWithIDToken", "this version was published with an ID token of " + want.Type}
	case t.Exchange == observed.TokenRefused:
		return Condition{Trusted, Unknown, ReasonTokenRefused, fmt.Sprintf("the ID token is refused as such: %v", t.Refusal)}
	case errors.Is(t.Err, spec.ErrSecondFactor), errors.Is(t.Err, spec.ErrRefused), errors.Is(t.Err, spec.ErrNotFound):
		return Condition{Trusted, Unknown, ReasonUnlisted, unlisted(t.Err)}
	case t.Err != nil:
		return Condition{Trusted, Unknown, ReasonReadFailed, unreadable(t.Err)}
	}
	return Condition{Trusted, Unknown, "NoEvidence", "only a human's session or an exchange in CI can tell"}
}

// untold tells whether the registry's trouble keeps it from telling who is trusted.
func untold(t observed.Trust) bool {
	settled := errors.Is(t.Err, spec.ErrSecondFactor) || errors.Is(t.Err, spec.ErrRefused) || errors.Is(t.Err, spec.ErrNotFound)
	return t.Err != nil && !settled && !t.Listed && t.Exchange == observed.Untried
}

// unlisted says why a session could not list the trusted publishers, alike for all packages.
func unlisted(err error) string {
	switch {
	case errors.Is(err, spec.ErrSecondFactor):
		return "listing the trusted publishers takes a second factor, which apply asks for"
	case errors.Is(err, spec.ErrRefused):
		return "this session may not list the trusted publishers: npm login anew, as somebody who may publish the package"
	}
	return "the registry shows no trusted publishers to this session, as it does to who may not publish the package"
}

// surplus names the trusted publishers that the desired one supersedes, and all others where they are to be pruned.
func (d *releaseDiff) surplus(t observed.Trust) []string {
	sorted := d.want.TrustedPublisher.Sort(t.Publishers)
	surplus := sorted.Outdated
	if d.policy.Prune {
		surplus = slices.Concat(surplus, sorted.Others)
	}
	var names []string
	for _, p := range surplus {
		names = append(names, strings.TrimSpace(p.Type+" "+p.ID))
	}
	return names
}

// Differences writes claims that differ as "org-id: old → new; context-ids: none → new".
func Differences(differences []spec.ClaimDifference) string {
	var fields []string
	for _, d := range differences {
		_, claim, ok := strings.Cut(d.Claim, "/")
		if !ok {
			claim = d.Claim
		}
		fields = append(fields, fmt.Sprintf("%s: %s → %s", claim, list(d.Have), list(d.Want)))
	}
	return strings.Join(fields, "; ")
}

func list(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(slices.Values(values)), ", ")
}

// blind tells whether it has been said already that something of the package could not be read.
func (d *releaseDiff) blind(name spec.Name) bool {
	return slices.ContainsFunc(d.findings, func(f Finding) bool { return f.Type == Unreadable && f.Package == name })
}

func (d *releaseDiff) unreadable(name spec.Name, err error) {
	if d.blind(name) {
		return
	}
	next := "nothing is planned for it; run again when the registry answers"
	if errors.Is(err, spec.ErrNoAccess) {
		next = "nothing is planned for it; run `npm login` as somebody who may read it, then run again (in a pipeline, " +
			"facets-reconcile doctor tells why its ID token does not do)"
	}
	d.find(Unreadable, Error, name, fmt.Sprintf("%s could not be read: %s", name, unreadable(err)), next)
}

// unread is the reason of a condition that could not be read.
func unread(err error) string {
	if errors.Is(err, spec.ErrNoAccess) {
		return ReasonNoAccess
	}
	return ReasonReadFailed
}

func unreadable(err error) string {
	if err == nil {
		return "it was not read"
	}
	return err.Error()
}
