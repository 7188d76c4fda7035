package reconcile

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// looked is what an audit has looked at. That something is not found says that it is not there only where it was looked for.
type looked struct {
	want      Desired
	is        observed.Snapshot
	histories []observed.History
	last      int // how many versions, and tags, before the latest
}

// unused finds what the state file accepts and what was looked for in vain.
func (l looked) unused(plan Plan) []Finding {
	if slices.ContainsFunc(plan.Findings, func(f Finding) bool { return f.Type == Unreadable }) {
		return nil
	}
	var unused []Finding
	for i, entry := range l.want.Accept {
		found := func(f Finding) bool { return entry.Fits(string(f.Type), f.Package, f.Version) }
		if slices.ContainsFunc(plan.Findings, found) ||
			slices.ContainsFunc(plan.Accepted, func(a Accepted) bool { return found(a.Finding) }) || !l.sought(entry) {
			continue
		}
		unused = append(unused, Finding{
			Type: AcceptedNothing, Severity: Warning, Package: spec.Name(entry.Package), Version: entry.Version,
			Message: fmt.Sprintf("spec.accept[%d] accepts %s, and nothing of that is found (any more)", i, entry),
			Next:    "take the entry out of the state file, so that it accepts nothing that comes later",
		})
	}
	return unused
}

// sought tells whether what an entry accepts would have been found if it were there.
func (l looked) sought(entry desired.Acceptance) bool {
	switch FindingType(entry.Finding) {
	case ArtifactRefused, ArtifactWarning, MovedBack, Stuck, Unverified:
		return false // an audit looks into no artifact and makes no run
	case Undeclared:
		return !l.want.Unscanned
	}
	for _, release := range l.want.Releases {
		for _, p := range release.Packages {
			if entry.Covers(p.Name) && !l.soughtOf(entry, release, p.Name) {
				return false
			}
		}
	}
	return true
}

// soughtOf is sought, for one package.
func (l looked) soughtOf(entry desired.Acceptance, release desired.Release, name spec.Name) bool {
	switch FindingType(entry.Finding) {
	case Unproven: // nobody but a human's session is shown who is trusted
		return l.is[name].Trust.Listed
	case AccessDiffers:
		return l.is[name].Access != ""
	case TagWithoutRelease, PinWithoutTag:
		earlier := release.Earlier
		full := len(earlier) >= l.last // there may be more
		return entry.Version == "" || entry.Version == release.Version || !full ||
			len(earlier) > 0 && entry.Version.Compare(earlier[len(earlier)-1].Version) >= 0
	case Torn, Deprecated:
		return entry.Version == "" || l.reaches(release.Packages[0].Name, entry.Version)
	}
	return true
}

// reaches tells whether an audit that looks at the last versions of an entry comes to this one. What is older than those is
// left out; what is not served at all is not there to be found.
func (l looked) reaches(entry spec.Name, version spec.Version) bool {
	i := slices.IndexFunc(l.histories, func(h observed.History) bool { return h.Name == entry })
	if i < 0 || !slices.Contains(l.histories[i].Versions, version) {
		return true
	}
	return slices.ContainsFunc(l.histories[i].Editions, func(e observed.Edition) bool { return e.Version == version })
}
