package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Audit judges the versions that are public already. Its findings are sorted as a plan's are. It may repeat what Diff says of a desired
// version, in a finding of the same type, package and version; Drift drops the repetition.
func Audit(want Desired, is observed.Snapshot, histories []observed.History) []Finding {
	a := audit{want: want, is: is, findings: []Finding{}}
	byName := map[spec.Name]observed.History{}
	for _, h := range histories {
		byName[h.Name] = h
	}
	for i := range want.Releases {
		a.release = &want.Releases[i]
		for _, p := range a.release.Packages {
			h := byName[p.Name]
			a.addUnreadable(p.Name, h)
			a.placeholder(p.Name, h)
			a.downgraded(h)
			a.provenance(p, h)
			for _, e := range h.Editions {
				a.torn(e, h.Versions)
				a.deprecated(e)
			}
		}
		a.unreleased(byName[a.release.Packages[0].Name])
	}
	slices.SortFunc(a.findings, compareFindings)
	return a.findings
}

type audit struct {
	want     Desired
	is       observed.Snapshot
	release  *desired.Release
	findings []Finding
}

func (a *audit) addFinding(t FindingType, s Severity, name spec.Name, version spec.Version, message, next string) {
	a.findings = append(a.findings, Finding{Type: t, Severity: s, Package: name, Version: version, Message: message, Next: next})
}

// addUnreadable adds one finding for everything that could not be read of a package.
func (a *audit) addUnreadable(name spec.Name, h observed.History) {
	failures := []error{h.Err}
	for _, e := range h.Editions {
		failures = append(failures, e.Err)
		for _, p := range e.Platforms {
			failures = append(failures, p.Err)
		}
	}
	failures = slices.DeleteFunc(failures, func(err error) bool { return err == nil })
	if len(failures) == 0 {
		return
	}
	said := failures[0].Error()
	if more := len(failures) - 1; more > 0 {
		said += fmt.Sprintf("; and %d more of its versions and platforms", more)
	}
	a.addFinding(Unreadable, Error, name, a.release.Version, fmt.Sprintf("what is public of %s could not be read: %s", name, said),
		"the audit may lack something; run again when the registry answers")
}

// placeholder finds a dist-tag latest that points at the placeholder although a real version is served. Where the desired version is
// served and latest is its dist-tag, Diff has a change or a finding for it already.
func (a *audit) placeholder(name spec.Name, h observed.History) {
	is := a.is[name]
	latest := is.DistTags[spec.Latest]
	reported := is.State == observed.Served && a.release.DistTag == spec.Latest
	if reported || !latest.Placeholds(a.want.Placeholder) {
		return
	}
	last := newer(a.want.Placeholder, is.DistTags[placeholders]) // further ones prove trusted publishers
	var best spec.Version
	for _, version := range h.Versions { // lowest first
		deprecated := slices.Contains(h.Deprecated, version)                   // nobody is to be sent there
		if version.Compare(last) > 0 && !version.Prerelease() && !deprecated { // prereleases never take latest
			best = version
		}
	}
	if best != "" {
		a.addFinding(PlaceholderLatest, Error, name, latest,
			fmt.Sprintf("%s installs the placeholder %s: latest points at it, though %s is served", name, latest, best),
			fmt.Sprintf("npm dist-tag add %s@%s latest", name, best))
	}
}

// torn finds an entry that lists platforms which are not served: npm then installs the entry without them, and reports success. An
// entry that is deprecated, and that no dist-tag points at, has been dealt with already.
func (a *audit) torn(e observed.Edition, versions []spec.Version) {
	var absent, elsewhere []string
	for _, p := range e.Platforms {
		id := listedID(p.Name, p.Wanted)
		wanted, _ := a.release.PlatformOf(p.Name)
		if p.State != observed.Served && p.State != observed.Unknown {
			absent = append(absent, id)
		} else if out := p.Platform.ShutsOut(wanted); out != "" {
			elsewhere = append(elsewhere, fmt.Sprintf("%s (%s)", id, out))
		}
	}
	if e.State != observed.Served || len(absent)+len(elsewhere) == 0 || e.Deprecated != "" && len(e.DistTags) == 0 {
		return
	}
	var wrong []string
	if len(absent) > 0 {
		wrong = append(wrong, "lists platforms that are not served: "+strings.Join(absent, ", "))
	}
	if len(elsewhere) > 0 {
		wrong = append(wrong, "npm does not install these where the state file says: "+strings.Join(elsewhere, ", "))
	}
	id := fmt.Sprintf("%s@%s", e.Name, e.Version)
	next := fmt.Sprintf("npm deprecate %s 'incomplete: use another version'", id)
	if len(e.DistTags) > 0 {
		next = fmt.Sprintf("publish what is missing; if it was there and was removed, its number is gone: release %s",
			freeNumber(a.want, a.is, *a.release, e.Version, slices.Concat(versions, []spec.Version{a.release.Version})...))
	}
	a.addFinding(Torn, Error, e.Name, e.Version,
		fmt.Sprintf("%s%s is served, and %s", id, describeDistTags(e), strings.Join(wrong, ", and ")), next)
}

// deprecated finds deprecated versions that a dist-tag installs: everybody who installs it is warned. A deprecated entry counts only under
// latest; under another dist-tag it is deprecated on purpose.
func (a *audit) deprecated(e observed.Edition) {
	const next = "npm deprecate %s '', which takes the warning away; or release %s"
	id := fmt.Sprintf("%s@%s", e.Name, e.Version)
	if len(e.DistTags) == 0 {
		return
	}
	if e.Deprecated != "" {
		if !a.meant(e.Name, e.Version, e.Deprecated) && slices.Contains(e.DistTags, spec.Latest) {
			a.addFinding(Deprecated, Warning, e.Name, e.Version, fmt.Sprintf("%s%s is deprecated: %s", id, describeDistTags(e), e.Deprecated),
				fmt.Sprintf(next, id, freeNumber(a.want, a.is, *a.release, e.Version, a.release.Version)))
		}
		return
	}
	for _, p := range e.Platforms {
		if p.Deprecated != "" && !a.meant(p.Name, p.Version, p.Deprecated) {
			platform := p.On()
			a.addFinding(Deprecated, Warning, p.Name, p.Version,
				fmt.Sprintf("%s is deprecated, and %s%s needs it: %s", platform, id, describeDistTags(e), p.Deprecated),
				fmt.Sprintf(next, platform, freeNumber(a.want, a.is, *a.release, e.Version, a.release.Version)))
		}
	}
}

// meant tells whether the settings of a package say that of a version.
func (a *audit) meant(name spec.Name, version spec.Version, message string) bool {
	for _, p := range a.release.Packages {
		release, ok := p.Home.Release(version)
		if i := ranged(p.Deprecated, release); ok && p.Name == name && i >= 0 {
			return p.Deprecated[i].Message == message
		}
	}
	return false
}

// describeDistTags returns the dist-tags that point at an edition, as " (latest, next)", or "".
func describeDistTags(e observed.Edition) string {
	if len(e.DistTags) == 0 {
		return ""
	}
	var tags []string
	for _, tag := range e.DistTags {
		tags = append(tags, string(tag))
	}
	return fmt.Sprintf(" (%s)", strings.Join(tags, ", "))
}

// unreleased finds git tags whose version the registry does not have: the desired release's tag, and earlier ones.
func (a *audit) unreleased(h observed.History) {
	const why = "GitHub starts no pipeline for tags when more than three are pushed at once"
	first := a.release.Packages[0].Name
	add := func(tag string, version spec.Version) {
		message := fmt.Sprintf("the tag %s has no release: the registry shows nothing of %s@%s; %s", tag, first, version, why)
		next := "if it does not run yet, start its pipeline: " + a.startCommand(tag)
		if a.want.Rehearse != "" {
			next = fmt.Sprintf("%s --tag %s, in the place of its pipeline", a.want.Rehearse, tag)
		}
		if current := a.is[first].DistTags[a.release.DistTag]; current.Compare(version) > 0 {
			message = fmt.Sprintf("the tag %s has no release: the registry shows nothing of %s@%s, and %s points at %s already",
				tag, first, version, a.release.DistTag, current)
			next = fmt.Sprintf("delete the tag, or release it in its pipeline by apply --tag %s --dist-tag NAME", tag)
		}
		a.addFinding(TagWithoutRelease, Warning, first, version, message, next)
	}
	absent := func(p desired.Package) bool { return a.is[p.Name].State == observed.Absent }
	present := func(p desired.Package) bool { return !absent(p) }
	if r := a.release; r.Tag != "" && r.TagForm != "" && r.Version != "" && !r.PinWithoutTag && !slices.ContainsFunc(r.Packages, present) {
		add(r.Tag, r.Version)
	}
	for _, earlier := range a.release.Earlier {
		waits := func(s spec.Stage) bool { return s.Version == earlier.Version } // which is said by StagedLeftover
		if slices.Contains(h.Missing, earlier.Version) && !slices.ContainsFunc(a.is[first].Beside, waits) && !a.joined(h, earlier.Version) {
			add(earlier.Tag, earlier.Version)
		}
	}
}

// joined tells whether a package has its tags in common with others, and was first released after this version of them.
func (a *audit) joined(h observed.History, version spec.Version) bool {
	together := func(r desired.Release) bool {
		return r.TagForm == a.release.TagForm && r.Packages[0].Name != a.release.Packages[0].Name
	}
	earlier := func(v spec.Version) bool { return v.Compare(version) < 0 && !v.Placeholds(a.want.Placeholder) }
	return slices.ContainsFunc(a.want.Releases, together) && !slices.ContainsFunc(h.Versions, earlier)
}

// startCommand is the command that starts the release pipeline of a tag: that of the first desired trusted publisher.
func (a *audit) startCommand(tag string) string {
	err := errors.New("the state file does not say which pipeline releases it")
	for _, tp := range a.want.TrustedPublishers {
		if p, ok := providers.Of(tp.Type); ok {
			var command string
			if command, err = p.Start(tp, tag); err == nil {
				return command
			}
			break
		}
	}
	return "push the tag anew (" + err.Error() + ")"
}
