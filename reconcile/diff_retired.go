package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// withdrawals settles the condition Retired of each package, and plans its deprecation. That of what is withdrawn comes after all dist-tags
// have moved, because no dist-tag should point at such a version. Platforms are deprecated together with their entry: they contain the
// fault, and whoever installs one by its own name has to be warned, too. What settings deprecate is deprecated also where a dist-tag points
// at it: so a package is retired as a whole.
func (d *releaseDiff) withdrawals() {
	var first []Blocker
	if d.release.Version != "" && len(d.release.Withdrawn) > 0 {
		first = d.untagged("")
	}
	for i := range d.packages {
		if p := &d.packages[i]; len(d.release.Withdrawn)+len(p.declared.Deprecated) > 0 {
			d.withdrawal(p, first)
		}
	}
}

// retiring collects what is to be said of the versions of a package.
type retiring struct {
	open []string  // each what is to be done
	kept []string  // versions that are left alone for now
	by   []Blocker // what comes first
}

func (d *releaseDiff) withdrawal(p *Package, first []Blocker) {
	var r retiring
	p.retire = map[spec.Version]spec.Deprecation{}
	err := d.withdrawn(p, &r)
	if len(r.open) > 0 {
		r.by = slices.Concat(first, r.by)
	}
	if err == nil {
		err = d.ranges(p, &r)
	}
	switch {
	case err != nil:
		p.Conditions = append(p.Conditions, Condition{Retired, Unknown, readFailedReason(err), readFailure(err)})
		d.addUnreadable(p.Name, err)
		return
	case len(r.open) == 0 && len(r.kept) > 0:
		p.Conditions = append(p.Conditions, Condition{Retired, False, ReasonNextRelease, fmt.Sprintf(
			"%s has nothing else to point at before the next release, so that this is not deprecated: %s", d.release.DistTag, Enumerate(r.kept))})
		return
	case len(r.open) == 0:
		p.Conditions = append(p.Conditions, Condition{Retired, True, "Deprecated", "npm says of its versions what the state file does"})
		return
	}
	message := "deprecate " + Enumerate(r.open)
	p.Conditions = append(p.Conditions, Condition{Retired, False, "NotDeprecated", message})
	reason := "Withdrawn"
	if len(d.release.Withdrawn) == 0 {
		reason = ReasonDeprecated
	}
	c := Change{Action: Deprecate, Actor: Human, Reason: reason, Message: message}
	c.block(r.by...)
	p.Changes = append(p.Changes, c)
}

// withdrawn collects what the state file withdraws. Its error says why that could not be read.
func (d *releaseDiff) withdrawn(p *Package, r *retiring) error {
	served, _ := p.Condition(Served)
	for _, w := range d.release.Withdrawn {
		is, known := d.is[p.Name].Withdrawn[w.Version]
		switch {
		case !known && d.is[p.Name].Existence != observed.Exists: // there is nothing to be deprecated
		case !known, is.State == observed.Unknown:
			return unread(is.Err)
		case is.State != observed.Served || is.Deprecated == w.Message:
		case served.Reason == ReasonNextRelease && p.DistTags[d.release.DistTag] == w.Version: // it came with that version
			r.kept = append(r.kept, w.Version.String())
		default:
			p.retire[w.Version] = spec.Deprecation{Message: w.Message}
			r.open = append(r.open, fmt.Sprintf("%s: %s", w.Version, w.Message))
			r.by = append(r.by, d.pointing(p, w.Version)...)
		}
	}
	return nil
}

// unread is err, or says that nothing was tried.
func unread(err error) error {
	if err == nil {
		return fmt.Errorf("%s", readFailure(nil))
	}
	return err
}

// ranges collects what the settings say of versions. Of several ranges that include one the first counts.
func (d *releaseDiff) ranges(p *Package, r *retiring) error {
	is := d.is[p.Name]
	switch {
	case len(p.declared.Deprecated) == 0, is.Existence != observed.Exists:
		return nil
	case is.DeprecatedErr != nil, is.Deprecated == nil:
		return unread(is.DeprecatedErr)
	}
	served, _ := p.Condition(Served)
	count := make([]int, len(p.declared.Deprecated))
	for _, version := range slices.Sorted(maps.Keys(is.Deprecated)) {
		i := ranged(p.declared.Deprecated, version)
		if i < 0 || d.withdraws(version) || is.Deprecated[version] == p.declared.Deprecated[i].Message {
			continue
		}
		if served.Reason == ReasonNextRelease && p.DistTags[d.release.DistTag] == version { // as in withdrawn
			r.kept = append(r.kept, version.String())
			continue
		}
		count[i]++
		p.retire[version] = spec.Deprecation{Message: p.declared.Deprecated[i].Message, Tagged: true}
		for _, q := range []Package{*p, d.packages[0]} { // whoever installs the entry is warned of its platforms, too
			if c, ok := q.Condition(Tagged); ok && c.Status == False && q.DistTags[d.release.DistTag] == version &&
				ranged(p.declared.Deprecated, p.Version) != i { // who is warned of it needs something better to go to
				r.by = append(r.by, Blocker{Name: q.Name, Condition: Tagged})
			}
		}
	}
	for i, n := range count {
		if of := p.declared.Deprecated[i]; n > 0 && of.Message == "" {
			r.open = append(r.open, fmt.Sprintf("%s (%s): no longer", of.Given, plural(n, "version", "versions")))
		} else if n > 0 {
			r.open = append(r.open, fmt.Sprintf("%s (%s): %s", of.Given, plural(n, "version", "versions"), of.Message))
		}
	}
	return nil
}

// ranged returns which of the ranges decides about a version, or -1.
func ranged(all []desired.Deprecation, version spec.Version) int {
	return slices.IndexFunc(all, func(of desired.Deprecation) bool { return of.Versions.Includes(version) })
}

func (d *releaseDiff) withdraws(version spec.Version) bool {
	return slices.ContainsFunc(d.release.Withdrawn, func(w desired.Withdrawal) bool { return w.Version == version })
}

// retiredAlready says why a version is not published: the state file deprecates it.
func (d *releaseDiff) retiredAlready(p Package) string {
	i := ranged(p.declared.Deprecated, p.Version)
	if i < 0 || p.declared.Deprecated[i].Message == "" || d.is[p.Name].State != observed.Absent {
		return ""
	}
	return fmt.Sprintf("the state file, whose settings deprecate %s, and so %s: narrow that range", p.declared.Deprecated[i].Given, p.Version)
}

// pointing returns the dist-tags that still point at a version, without the release's own, which is waited for anyway.
func (d *releaseDiff) pointing(p *Package, version spec.Version) (pointing []Blocker) {
	for _, tag := range slices.Sorted(maps.Keys(p.DistTags)) {
		if p.DistTags[tag] == version && (tag != d.release.DistTag || p.is(Tagged, True)) {
			pointing = append(pointing, Blocker{Why: fmt.Sprintf("npm dist-tag add %s@VERSION %s: it points at %s",
				p.OnNpm(), p.declared.Home.Tag(tag), p.declared.Home.Version(version))})
		}
	}
	return pointing
}
