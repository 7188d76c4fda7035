package reconcile

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// auditScope is what an audit has looked at. Only within it "not found" means "not there".
type auditScope struct {
	want      Desired
	is        observed.Snapshot
	histories []observed.History
	last      int // how many versions, and git tags, below the latest were looked at
}

// unusedAcceptances finds entries of spec.accept that no finding fits any more. They should go: they would hide a later finding.
func (l auditScope) unusedAcceptances(plan Plan) []Finding {
	if slices.ContainsFunc(plan.Findings, func(f Finding) bool { return f.Type == Unreadable }) {
		return nil
	}
	var unused []Finding
	for i, entry := range l.want.Accept {
		found := func(f Finding) bool { return entry.Fits(string(f.Type), f.Package, f.Version) }
		if slices.ContainsFunc(plan.Findings, found) ||
			slices.ContainsFunc(plan.Accepted, func(a Accepted) bool { return found(a.Finding) }) || !l.covers(entry) {
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

// covers tells whether the audit would have found what an entry accepts, if it were there.
func (l auditScope) covers(entry desired.Acceptance) bool {
	switch FindingType(entry.Finding) {
	case ArtifactRefused, ArtifactWarning, MovedBack, Stuck, Unverified:
		return false // an audit looks into no artifact and makes no run
	case Undeclared:
		return !l.want.Unscanned
	}
	for _, release := range l.want.Releases {
		for _, p := range release.Packages {
			if entry.Covers(p.Name) && !l.coversPackage(entry, release, p.Name) {
				return false
			}
		}
	}
	return true
}

// coversPackage is covers for one package.
func (l auditScope) coversPackage(entry desired.Acceptance, release desired.Release, name spec.Name) bool {
	switch FindingType(entry.Finding) {
	case Unproven: // nobody but a human's session is shown who is trusted
		return l.is[name].Trust.Listed
	case Unattested: // apply finds it, too, where provenance is not required
		return release.Provenance == desired.ProvenanceRequired
	case AccessDiffers:
		return l.is[name].Access != ""
	case TagWithoutRelease, PinWithoutTag:
		earlier := release.Earlier
		full := len(earlier) >= l.last // there may be more
		return entry.Version == "" || entry.Version == release.Version || !full ||
			len(earlier) > 0 && entry.Version.Compare(earlier[len(earlier)-1].Version) >= 0
	case Torn, Deprecated:
		return entry.Version == "" || l.includesEdition(release.Packages[0].Name, entry.Version)
	}
	return true
}

// includesEdition tells whether the audit, which reads only the newest versions of an entry, has read this one. It has nothing to find in
// a version that is not served.
func (l auditScope) includesEdition(entry spec.Name, version spec.Version) bool {
	i := slices.IndexFunc(l.histories, func(h observed.History) bool { return h.Name == entry })
	if i < 0 || !slices.Contains(l.histories[i].Versions, version) {
		return true
	}
	return slices.ContainsFunc(l.histories[i].Editions, func(e observed.Edition) bool { return e.Version == version })
}
