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

// seeded settles the condition Seeded, and plans the seed where the name is missing. It comes first: all else needs the name.
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
		d.addHomeFinding(*p, Withdrawn, Error, fmt.Sprintf("%s is held by the registry's security team", p.OnNpm()),
			"ask npm's support to have the name back, or choose another")
	case observed.Unpublished:
		set(False, "Unpublished", "all versions of the package were unpublished on "+is.UnpublishedAt.UTC().Format(time.DateOnly))
		d.addHomeFinding(*p, Withdrawn, Error,
			fmt.Sprintf("%s was unpublished on %s, and is not vacant for that", p.OnNpm(), is.UnpublishedAt.UTC().Format(time.DateOnly)),
			fmt.Sprintf("its owner can publish again 24 hours after, under a number that was never used, which %s may not be any more: "+
				"set spec.placeholder.version; or choose another name", d.want.Placeholder))
	case observed.Missing:
		set(False, ReasonMissing, "the name does not exist yet")
		shared := d.release.Shared(p.declared)
		why := "a trusted publisher needs an existing name"
		switch {
		case shared && !p.holds():
			return // it is seeded once
		case shared && d.policy.Token:
			why = "npm points latest at the first version of a name, which must not be a platform's"
		case d.policy.Token && p.Version != "":
			return // a session's token publishes a new name directly
		}
		p.Changes = append(p.Changes, Change{
			Action: Seed, Actor: Human, Reason: ReasonMissing,
			Message: fmt.Sprintf("publish the placeholder %s@%s: %s", p.OnNpm(), d.want.Placeholder, why),
		})
	default:
		set(Unknown, readFailedReason(is.Err), readFailure(is.Err))
		d.addUnreadable(p.Name, is.Err)
	}
}

// Differences writes claims that differ as "org-id: old → new; context-ids: none → new".
func Differences(differences []spec.ClaimDifference) string {
	var fields []string
	for _, d := range differences {
		fields = append(fields, fmt.Sprintf("%s: %s → %s", spec.ShortClaim(d.Claim), list(d.Have), list(d.Want)))
	}
	return strings.Join(fields, "; ")
}

// addHomeFinding adds a finding about a package of npm as a whole, once for all packages that have their versions there.
func (d *releaseDiff) addHomeFinding(p Package, t FindingType, s Severity, message, next string) {
	if p.holds() {
		d.addFinding(t, s, p.Name, message, next)
	}
}

func list(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(slices.Values(values)), ", ")
}

// reportedUnreadable tells whether there is already a finding that something of the package could not be read. One finding
// for each package is enough.
func (d *releaseDiff) reportedUnreadable(name spec.Name) bool {
	return slices.ContainsFunc(d.findings, func(f Finding) bool { return f.Type == Unreadable && f.Package == name })
}

func (d *releaseDiff) addUnreadable(name spec.Name, err error) {
	if d.reportedUnreadable(name) {
		return
	}
	next := "nothing is planned for it; run again when the registry answers"
	if errors.Is(err, spec.ErrNoAccess) {
		next = "nothing is planned for it; run `npm login` as somebody who may read it, then run again (in a pipeline, " +
			"facets-reconcile doctor tells what is wrong with its ID token)"
	}
	d.addFinding(Unreadable, Error, name, fmt.Sprintf("%s could not be read: %s", name, readFailure(err)), next)
}

// readFailedReason returns the reason of a condition that could not be read.
func readFailedReason(err error) string {
	if errors.Is(err, spec.ErrNoAccess) {
		return ReasonNoAccess
	}
	return ReasonReadFailed
}

func readFailure(err error) string {
	if err == nil {
		return "it was not read"
	}
	return err.Error()
}
