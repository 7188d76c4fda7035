package reconcile

import (
	"cmp"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Plan is the difference between what should be and what is. Groups stand in the state file's order; packages are sorted
// by role (entry, platforms, libraries) and name, findings by severity, type and package, but Torn before all.
type Plan struct {
	Groups   []Group    `json:"groups"`
	Findings []Finding  `json:"findings"`
	Accepted []Accepted `json:"accepted"` // accepted by the state file: shown, and not counted
	Summary  Summary    `json:"summary"`
}

// Group is a group's part of the plan. Version and Tag are empty for groups of libraries, which have their own.
type Group struct {
	Name       string       `json:"name"`
	Version    spec.Version `json:"version"`
	Tag        string       `json:"tag"`
	Conditions []Condition  `json:"conditions"`
	Packages   []Package    `json:"packages"`
}

// Package is what the plan says about one package: its conditions and changes. What the state file says about it is a desired.Package,
// what was read of it an observed.Package.
type Package struct {
	Name       spec.Name                     `json:"name"`
	Role       desired.Role                  `json:"role"`
	Version    spec.Version                  `json:"version"`
	Tag        string                        `json:"tag"`
	DistTags   map[spec.DistTag]spec.Version `json:"distTags"`
	Conditions []Condition                   `json:"conditions"`
	Changes    []Change                      `json:"changes"`
	Sent       *Sent                         `json:"sent,omitempty"`  // in a result: what this run sent for approval
	Npm        string                        `json:"npm,omitempty"`   // "tool@1.0.0-linux-x64", where npm has it under another name
	Stage      *StagedVersion                `json:"stage,omitempty"` // where the version waits for approval, and this run may list it

	declared    desired.Package
	release     *desired.Release
	proof       spec.Version // the placeholder version that would prove its trusted publisher
	setting     Setting      // what is to be set of it
	retire      map[spec.Version]spec.Deprecation
	excluded    string // why this run does not act on the package; "": it does
	tagAccepted bool   // its dist-tag is not as it should be, and the state file accepts that

	unattestedAccepted bool        // the same of its provenance
	awaits             []spec.Name // what has to be served before it is published, whichever node publishes it
	cyclic             bool        // it waits for itself, by way of others
}

// Condition returns the package's condition of type t, if it has one.
func (p Package) Condition(t ConditionType) (Condition, bool) { return findCondition(p.Conditions, t) }

// OnNpm is the package of npm that has its versions.
func (p Package) OnNpm() spec.Name { return p.declared.OnNpm() }

// DistTagOnNpm returns npm's name for the dist-tag that the package's release should have.
func (p Package) DistTagOnNpm() spec.DistTag { return p.declared.Home.Tag(p.release.DistTag) }

// ID is its version as npm has it: "name@version".
func (p Package) ID() string { return p.declared.On(p.Version) }

// holds tells whether this package reports what concerns its whole package of npm. Of several packages with one home only one does.
func (p Package) holds() bool { return p.release.Holder(p.declared) == p.Name }

// InScope tells whether the run acts on the package: it is of the groups, packages, release and shard that were asked for.
func (p Package) InScope() bool { return p.excluded == "" }

// Stands tells whether the state file accepts that a condition does not hold.
func (p Package) Stands(t ConditionType) bool {
	return p.tagAccepted && t == Tagged || p.unattestedAccepted && t == Provenance
}

// upload is the action by which the version of the package is sent.
func (p Package) upload() Action {
	if p.release.Staged {
		return Stage
	}
	return Publish
}

// appears is the action by which the version becomes public.
func (p Package) appears() Action {
	if p.release.Staged {
		return Approve
	}
	return Publish
}

// is tells whether the condition of type t has one of the statuses. A condition that the package does not have counts as one that has.
func (p Package) is(t ConditionType, statuses ...Status) bool {
	c, ok := p.Condition(t)
	return !ok || slices.Contains(statuses, c.Status)
}

// Summary counts the changes that are still to be made, by action, and those among them that need a human.
type Summary struct {
	Converged bool `json:"converged"`
	Seed      int  `json:"seed"`
	Trust     int  `json:"trust"`
	Publish   int  `json:"publish"`
	Tag       int  `json:"tag"`
	Wait      int  `json:"wait"`
	Human     int  `json:"human"`
	Stage     int  `json:"stage,omitempty"` // these three only where a release is staged
	Approve   int  `json:"approve,omitempty"`
	Reject    int  `json:"reject,omitempty"`
	Deprecate int  `json:"deprecate,omitempty"` // only where the state file withdraws or deprecates versions
	Settings  int  `json:"settings,omitempty"`  // only where it has settings
}

// Packages returns all packages of the plan, group by group.
func (p Plan) Packages() []Package {
	var all []Package
	for _, g := range p.Groups {
		all = append(all, g.Packages...)
	}
	return all
}

// summarize counts what is left. Converged means that all that was asked for is as it should be.
func (p Plan) summarize() Summary {
	var s Summary
	settled, kinds := true, map[Action]Kind{}
	for _, k := range Kinds() {
		kinds[k.Action] = k
	}
	for _, pkg := range p.Packages() {
		settled = settled && (!pkg.InScope() || pkg.settled())
		for _, c := range pkg.Changes {
			if c.Outcome == Done {
				continue
			}
			if count := kinds[c.Action].count; count != nil {
				*count(&s)++
			}
			if c.Actor == Human {
				s.Human++
			}
		}
	}
	s.Converged = s == Summary{} && settled && !p.failed()
	return s
}

func (p Plan) failed() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Severity == Error })
}

func (p *Plan) sort() {
	order := map[desired.Role]int{desired.RoleEntry: 0, desired.RolePlatform: 1, desired.RoleLibrary: 2}
	for _, g := range p.Groups {
		slices.SortFunc(g.Packages, func(a, b Package) int {
			return cmp.Or(cmp.Compare(order[a.Role], order[b.Role]), cmp.Compare(a.Name, b.Name))
		})
	}
	slices.SortStableFunc(p.Findings, compareFindings) // those of one artifact keep the order of its checks
}

// compareFindings puts the worst findings first. Torn comes before all: users install a broken entry right now.
func compareFindings(a, b Finding) int {
	rank := func(f Finding) int {
		if f.Type == Torn {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Type, b.Type),
		cmp.Compare(a.Package, b.Package), a.Version.Compare(b.Version))
}

// block adds blockers to the package's change with action a, if it has one.
func (p *Package) block(a Action, by ...Blocker) {
	for i := range p.Changes {
		if p.Changes[i].Action == a {
			p.Changes[i].block(by...)
		}
	}
}

// change returns the package's change with action a, if it has one.
func (p Package) change(a Action) (Change, bool) {
	i := slices.IndexFunc(p.Changes, func(c Change) bool { return c.Action == a })
	if i < 0 {
		return Change{}, false
	}
	return p.Changes[i], true
}
