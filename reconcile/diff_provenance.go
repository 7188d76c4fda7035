package reconcile

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/observed"
)

// provenance settles the condition Provenance of a version that needs one or shows one. What the provenance says is for Audit to compare.
func (d *releaseDiff) provenance(p *Package) {
	is, required := d.is[p.Name], d.release.Provenance == desired.ProvenanceRequired
	set := func(s Status, reason, message string) {
		p.Conditions = append(p.Conditions, Condition{Provenance, s, reason, message})
	}
	served, _ := p.Condition(Served)
	switch {
	case is.State == observed.Served && is.Manifest != nil && is.Manifest.Dist.Attested():
		set(True, "Attested", "the registry shows a signed statement of where it was built")
	case !required || served.Reason == ReasonNextRelease:
	case is.State == observed.Served:
		set(False, string(Unattested), "it was published without provenance, which the state file requires")
		d.addFinding(Unattested, Warning, p.Name,
			fmt.Sprintf("%s was published without provenance, which the state file requires", p.ID()),
			"none can be added to this version: release another one from GitHub Actions or GitLab CI/CD, or accept the finding")
	case is.State == observed.Unknown:
		set(Unknown, readFailedReason(is.Err), readFailure(is.Err))
	default:
		set(False, "NotServed", "nothing is served that could have provenance")
	}
}

// acceptUnattested marks versions as being as they should be where the state file accepts that they have no provenance.
func (p *Plan) acceptUnattested() {
	for _, a := range p.Accepted {
		for i := range p.Groups {
			for j := range p.Groups[i].Packages {
				pkg := &p.Groups[i].Packages[j]
				if a.Type == Unattested && a.Package == pkg.Name && a.Version == pkg.Version {
					pkg.unattestedAccepted = true
					p.Groups[i].settleAgain()
				}
			}
		}
	}
}
