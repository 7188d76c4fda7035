package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// tagged settles the condition Tagged and its change. A publish moves the dist-tag by itself, so a dist-tag that points below a served
// version was mostly moved there by a human. That decision is respected: the dist-tag goes forward only
//   - when somebody asks for the release by its git tag,
//   - to a version that was not served yet when this run began,
//   - of a platform, when its entry's dist-tag is there already.
//
// Of platforms that are released apart from their entry it may point anywhere: nobody installs them by it. For the same reason it may be
// missing of those that are versions of one package.
//
// It never goes to a deprecated version.
func (d *releaseDiff) tagged(p *Package) {
	is, tag := d.is[p.Name], d.release.DistTag
	current := is.DistTags[tag]
	set := func(s Status, reason, message string) {
		p.Conditions = append(p.Conditions, Condition{Tagged, s, reason, message})
	}
	where := fmt.Sprintf("%s points at %s", p.DistTagOnNpm(), p.declared.Home.Version(current))
	if current == "" {
		where = fmt.Sprintf("there is no dist-tag %s", p.DistTagOnNpm())
	}
	higher := current.Compare(p.Version) > 0 && !d.ofPlatform(p, current)
	switch {
	case is.DistTags == nil && is.Err != nil:
		set(Unknown, readFailedReason(is.Err), readFailure(is.Err))
		d.addUnreadable(p.Name, is.Err)
	case current == p.Version:
		set(True, "Tagged", where)
	case is.State == observed.Served && (d.release.ReleasedApart() || current == "" && !p.declared.Home.Own()):
		set(True, "ByVersion", "its entry lists it by its version; "+where)
	case higher && d.release.OtherDistTag && !d.release.Rollback:
		set(False, ReasonBackwards, where)
	case higher && !d.release.Rollback && !d.pinnedBelow(is):
		set(True, ReasonSuperseded, where)
	case is.State != observed.Served:
		set(False, "NotServed", where)
		if d.release.Rollback && p.Role != desired.RolePlatform { // whoever goes back to what is not there has to hear of it
			d.rollback(p, current)
			p.block(Tag, Blocker{Name: p.Name, Condition: Served})
		}
	case d.deprecated(p) != "":
		set(False, ReasonRolledBack, where)
	case d.release.Rollback:
		set(False, ReasonRollback, where)
		d.rollback(p, current)
	case higher:
		set(False, ReasonPinBelow, where)
	case d.release.Given || d.policy.Unserved[p.Name] || d.followsEntry(p):
		set(False, ReasonBehind, where)
		p.Changes = append(p.Changes, Change{Action: Tag, Actor: CI, Reason: ReasonBehind,
			Message: fmt.Sprintf("point %s at %s: %s", p.DistTagOnNpm(), p.declared.Home.Version(p.Version), where)})
	default:
		set(False, ReasonBehind, where)
	}
}

// ofPlatform tells whether a version in the entry's package is one of its platforms'. An entry's dist-tag that points at one has to go on.
func (d *releaseDiff) ofPlatform(p *Package, version spec.Version) bool {
	foreign := d.release.Foreign()
	return p.Role == desired.RoleEntry && foreign != nil && foreign(version)
}

// pinnedBelow tells whether a served version is pinned below the dist-tag, while nothing says whether the dist-tag should go back to it.
func (d *releaseDiff) pinnedBelow(is observed.Package) bool {
	return d.release.Pinned && !d.release.Given && is.State == observed.Served
}

// deprecated returns npm's warning about p's version, or "". A platform counts as deprecated when its entry is.
func (d *releaseDiff) deprecated(p *Package) string {
	names := []spec.Name{p.Name}
	if entry, ok := d.release.Entry(); ok {
		names = append(names, entry.Name)
	}
	for _, name := range names {
		if m := d.is[name].Manifest; m != nil && m.Deprecated != "" {
			return string(m.Deprecated)
		}
	}
	return ""
}

// followsEntry tells whether p is a platform whose entry's dist-tag points at this version already. Moving the platform's then changes
// nothing of what users of the entry install.
func (d *releaseDiff) followsEntry(p *Package) bool {
	entry, ok := d.release.Entry()
	return ok && p.Role == desired.RolePlatform && d.is[entry.Name].DistTags[d.release.DistTag] == p.Version
}

// decisions adds the findings about dist-tags on which a human has to decide: one for each reason, for the whole release.
func (d *releaseDiff) decisions() {
	undecided := map[string][]Package{}
	for _, p := range d.packages {
		c, ok := p.Condition(Tagged)
		_, planned := p.change(Tag)
		if ok && c.Status == False && !planned {
			undecided[c.Reason] = append(undecided[c.Reason], p)
		}
	}
	for _, reason := range []string{ReasonRolledBack, ReasonBehind, ReasonPinBelow, ReasonBackwards} {
		if packages := undecided[reason]; len(packages) > 0 {
			d.decision(reason, packages[0], len(packages)-1)
		}
	}
}

// decision adds the finding for a package, and for the given number of others of its release.
func (d *releaseDiff) decision(reason string, p Package, others int) {
	c, _ := p.Condition(Tagged)
	id := p.ID()
	where := fmt.Sprintf("of %s: %s", p.Name, c.Message)
	if others > 0 {
		where += fmt.Sprintf(" (and those of %s of its release)", plural(others, "other package", "other packages"))
	}
	current := p.DistTags[d.release.DistTag]
	keep := ""
	if current != "" && !current.Placeholds(d.want.Placeholder) { // a placeholder cannot be pinned
		keep = fmt.Sprintf("to keep it so, pin `version: %s` with `rollback: true` in the state file; ", current)
	}
	if d.release.Rollback {
		keep = "pin a version that is not deprecated; "
	}
	forward := fmt.Sprintf("to go forward, %s --only tag --tag %s", d.apply(), d.tag())
	switch reason {
	case ReasonRolledBack:
		d.decided(RolledBack, p, fmt.Sprintf("%s is deprecated (%s), and the dist-tag is not moved to it; %s", id, d.deprecated(&p), where),
			fmt.Sprintf("whoever deprecated it decides: %s%s, after %s; or release %s", keep, forward, d.undeprecate(p), d.freeNumber(&p)))
	case ReasonBehind:
		d.decided(Behind, p, fmt.Sprintf("%s was served before this run, and nothing says why the dist-tag points elsewhere; %s", id, where),
			fmt.Sprintf("whoever moved it decides: %s%s", keep, forward))
	case ReasonPinBelow:
		d.decided(PinBelow, p, fmt.Sprintf("version %s is pinned in the state file, below the dist-tag; %s", p.Version, where),
			fmt.Sprintf("whoever pinned it decides: to go back to it, add `rollback: true` beside `version: %s`; to go on with %s, take the pin "+
				"out", p.Version, current))
	case ReasonBackwards:
		d.addFinding(Backwards, Error, p.Name, fmt.Sprintf("--dist-tag %s would take the dist-tag back to %s, which no flag does; %s",
			d.release.DistTag, id, where),
			fmt.Sprintf("to go back, pin `version: %s` with `rollback: true` in the state file, and let a human apply that without --dist-tag; "+
				"to release it beside, --dist-tag NAME with a name of its own", p.Version))
	}
}

// decided adds a finding for whoever moves dist-tags. It does not count where this run was asked for other actions only.
func (d *releaseDiff) decided(t FindingType, p Package, message, next string) {
	d.addFinding(t, Warning, p.Name, message, next)
	last := &d.findings[len(d.findings)-1]
	last.aside = last.aside || len(d.policy.Actions) > 0 && !slices.Contains(d.policy.Actions, Tag)
}

// undeprecate is the command that takes the warning away.
func (d *releaseDiff) undeprecate(p Package) string {
	id := p.ID()
	if entry, ok := d.release.Entry(); ok && (d.is[p.Name].Manifest == nil || d.is[p.Name].Manifest.Deprecated == "") {
		id = entry.On(p.Version)
	}
	return fmt.Sprintf("npm deprecate %s ''", id)
}

// apply returns the command that applies, as it has to be called here: a rehearsal has its own.
func (d *releaseDiff) apply() string { return cmp.Or(d.want.Rehearse, "facets-reconcile apply") }

// tag returns the git tag of the release, even where the repository was not asked for it.
func (d *releaseDiff) tag() string {
	return cmp.Or(d.release.Tag, strings.ReplaceAll(d.release.TagForm, "{version}", d.release.Version.String()))
}
