package reconcile

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Desired is what should be, as Diff takes it: the releases of the state file with all that concerns them.
type Desired struct {
	Releases          []desired.Release
	TrustedPublishers spec.TrustedPublishers // none: Trusted is left out
	Repository        string                 // where the tags are: "github.com/owner/repo"; "" where there is none
	Placeholder       spec.Version           // what seeds a name
	Needs             map[spec.Name]Needs    // the dependencies of what is to be published, by its artifact, where that was read
	Reviews           map[spec.Name]Reviewed // what was found in what is staged, where it was read
	Sent              map[spec.Name]Sent     // what the run that staged it has sent, by its report, where that is at hand
	Undeclared        []desired.Undeclared   // public packages that the state file does not name
	Unscanned         bool                   // not all of the workspace could be read: Undeclared may lack something
	Accept            []desired.Acceptance   // the findings that do not count
	FailedSources     []FailedSource         // sources that could not be read: what they would show may be missing
	Rehearse          string                 // only in a rehearsal: the command that takes the place of the release pipeline
}

// Diff compares what should be with what is. For one version of one package it decides by this table, top to bottom:
//
//	state     of                              change
//	Unknown   any                             none; the finding Unreadable
//	Conflict  any                             none; the finding Conflict
//	Accepted  any                             wait; Validating the same
//	Served    any, dist-tag higher            none (Superseded); pinned there: the finding PinBelow; with rollback: true, tag
//	Served    any, dist-tag elsewhere         tag, for who asked for the release or saw it arrive; else the finding Behind
//	Served    any, deprecated                 none; the finding RolledBack
//	Served    any                             none
//	Absent    platform, entry served without  none (NextRelease)
//	Staged    any                             wait, for a human
//	Blocked   any                             none that helps; the finding Stuck
//	Burnt     any                             none; the finding Burnt
//	Absent    platform, entry accepted        none: what that entry holds is not known yet
//	Absent    platform, entry unknown         none: the same
//	Absent    any                             publish; the entry's is blocked until all its platforms are Served
//
// Staged, Blocked and Burnt are the registry's word, by its status or its numbers; each blocks all publishes of its release.
//
// Of a staged release it decides in the same order, but for:
//
//	Validating  any                           wait; then it is Staged
//	Staged      other bytes or dist-tag       reject; the finding Conflict
//	Staged      any                           approve; blocked until the others of its release are staged, the entry's until all its
//	                                          platforms are Served
//	Absent      any                           stage, whatever became of its platforms
//
// A publish is also blocked while any name of its release is not Seeded, or known not to be Trusted, and while the
// dist-tag points at a higher version, and while nothing served fits what the package needs of a declared one. An entry's tag is
// blocked until it is Complete.
func Diff(want Desired, is observed.Snapshot, policy Policy) Plan {
	plan := Plan{Findings: []Finding{}}
	versions := want.versions()
	for i := range want.Releases {
		d := releaseDiff{want: want, release: &want.Releases[i], is: is, policy: policy, versions: versions}
		d.run()
		group := plan.group(d.release)
		group.Packages = append(group.Packages, d.packages...)
		plan.Findings = append(plan.Findings, d.findings...)
	}
	plan.findCycles()
	narrowed := policy.narrows(want.Releases)
	for _, u := range want.Undeclared {
		plan.Findings = append(plan.Findings, Finding{
			Type: Undeclared, Severity: Warning, Package: u.Name,
			Message: fmt.Sprintf("%s is a public package of the workspace (%s) that the state file does not declare", u.Name, u.Path),
			Next:    fmt.Sprintf("add {package: %q} under spec.groups[name=%s].packages, or exclude it from the workspace", u.Name, u.Group),
			aside:   narrowed,
		})
	}
	plan.sort()
	for i := range plan.Groups {
		plan.Groups[i].Conditions = []Condition{ready(plan.Groups[i].Packages)}
	}
	plan.Summary = plan.summarize()
	return plan
}

func (p *Plan) group(r *desired.Release) *Group {
	i := slices.IndexFunc(p.Groups, func(g Group) bool { return g.Name == r.Group })
	if i < 0 {
		p.Groups = append(p.Groups, Group{Name: r.Group})
		i = len(p.Groups) - 1
	}
	if _, ok := r.Entry(); ok {
		p.Groups[i].Version, p.Groups[i].Tag = r.Version, r.Tag
	}
	return &p.Groups[i]
}

// releaseDiff compares one release.
type releaseDiff struct {
	want    Desired
	release *desired.Release
	is      observed.Snapshot
	policy  Policy

	versions map[spec.Name]spec.Version // the desired version of every declared package

	packages []Package
	findings []Finding
}

func (d *releaseDiff) run() {
	for _, declared := range d.release.Packages {
		p := Package{
			Name: declared.Name, Role: declared.Role, Version: d.release.Version, Tag: d.release.Tag,
			DistTags: d.is[declared.Name].DistTags, Changes: []Change{}, declared: declared, release: d.release,
		}
		if !declared.Home.Own() && p.Version != "" {
			p.Npm = p.ID()
		}
		p.excluded = d.policy.excludes(p)
		if p.DistTags == nil {
			p.DistTags = map[spec.DistTag]spec.Version{}
		}
		d.seeded(&p)
		d.trusted(&p)
		d.access(p)
		d.packages = append(d.packages, p)
	}
	if d.release.Version != "" {
		gate := d.gate()
		for i := range d.packages {
			d.version(&d.packages[i], gate)
			d.provenance(&d.packages[i])
		}
		d.stages()
		d.entry()
		d.orderRollback()
		d.decisions()
		d.dependencies()
	}
	d.withdrawals()
	for i := range d.packages {
		d.settings(&d.packages[i])
	}
	for i := range d.packages {
		d.proof(&d.packages[i])
	}
	if d.release.PinWithoutTag {
		d.addFinding(PinWithoutTag, Warning, d.release.Packages[0].Name,
			fmt.Sprintf("version %s is pinned in the state file, and its tag %s does not exist", d.release.Version, d.release.Tag),
			"push the tag, or take the pin out")
	}
	for i := range d.packages {
		p := &d.packages[i]
		p.awaits = p.publishAwaits()
		p.Changes = d.policy.allowedChanges(*p)
		for j := range p.Changes {
			if p.Changes[j].BlockedBy == nil {
				p.Changes[j].BlockedBy = []Blocker{} // a list in JSON, not null
			}
		}
	}
}

// gate lists what keeps the whole release from starting. A published version cannot be taken back, so a release starts only when nothing
// that can be known would stop it half way.
func (d *releaseDiff) gate() []Blocker {
	var gate []Blocker
	for _, p := range d.packages {
		c, _ := p.Condition(Seeded)
		free := d.policy.Token && c.Reason == ReasonMissing && !d.release.Shared(p.declared) // a session's token takes the name by publishing
		if c.Status != True && !free {
			gate = append(gate, Blocker{Name: p.Name, Condition: Seeded})
		}
		if c, ok := p.Condition(Trusted); ok && !d.policy.Token && untrusted(c) {
			gate = append(gate, Blocker{Name: p.Name, Condition: Trusted})
		}
	}
	for _, p := range d.packages {
		if d.exposed(p) && p.holds() {
			gate = append(gate, Blocker{Why: howToSet(p.declared, "private") + ": everybody may read it"})
		}
		if why := d.retiredAlready(p); why != "" {
			gate = append(gate, Blocker{Why: why})
		}
	}
	for _, p := range d.hidden() {
		gate = append(gate, Blocker{Why: howToSet(p, "public") + ": it is restricted, and whoever installs the entry would not get it"})
	}
	if why := d.policy.Withheld[d.release.Tag]; why != "" {
		gate = append(gate, Blocker{Why: why})
	}
	return slices.Concat(gate, d.immovables(), d.unmeetable(), d.downgrades())
}

// untrusted tells whether it is known that a publish would be refused.
func untrusted(c Condition) bool {
	return c.Status == False || c.Reason == ReasonOtherPipeline || c.Reason == ReasonTokenRefused
}

// downgrades finds dist-tags that a publish would move backwards.
func (d *releaseDiff) downgrades() []Blocker {
	var downgrades []Blocker
	for i, p := range d.packages {
		current := p.DistTags[d.release.DistTag]
		if d.is[p.Name].State != observed.Absent || current.Compare(p.Version) <= 0 || d.ofPlatform(&d.packages[i], current) {
			continue
		}
		b := Blocker{Why: fmt.Sprintf("--dist-tag NAME: %s points at %s, which is higher", p.DistTagOnNpm(), p.declared.Home.Version(current))}
		if !slices.Contains(downgrades, b) {
			downgrades = append(downgrades, b)
		}
	}
	return downgrades
}

// addFinding adds a finding. About a release that was not asked for an error becomes a warning, as it is no fault of what was asked for.
// That such a release could not be read is left out: a registry that is down would be reported once for each package.
func (d *releaseDiff) addFinding(t FindingType, s Severity, name spec.Name, message, next string) {
	asked := slices.ContainsFunc(d.release.Packages, func(p desired.Package) bool {
		return d.policy.excludes(Package{Name: p.Name, release: d.release}) == ""
	})
	switch {
	case !asked && t == Unreadable:
		return
	case !asked && s == Error:
		s = Warning
	}
	d.findings = append(d.findings, Finding{
		Type: t, Severity: s, Package: name, Version: d.release.Version, Message: message, Next: next,
		aside: !asked,
	})
}

func ready(packages []Package) Condition {
	var not, unsure []string
	for _, p := range packages {
		for _, c := range p.Conditions {
			switch {
			case c.Status == True || c.Reason == ReasonNextRelease || p.Stands(c.Type):
			case c.Status == False:
				not = append(not, Blocker{Name: p.Name, Condition: c.Type}.String())
			case !c.Untold():
				unsure = append(unsure, Blocker{Name: p.Name, Condition: c.Type}.String())
			}
		}
	}
	switch {
	case len(not) > 0:
		return Condition{Ready, False, "NotConverged", "not yet: " + Enumerate(not)}
	case len(unsure) > 0:
		return Condition{Ready, Unknown, "NotReadable", "could not be read: " + Enumerate(unsure)}
	}
	return Condition{Ready, True, "Converged", "everything is as it should be"}
}
