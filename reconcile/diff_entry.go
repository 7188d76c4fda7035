package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// entry settles the condition Complete, and blocks the entry's publish until its platforms are Served: npm installs an entry without
// platforms that it cannot find, and reports success.
func (d *releaseDiff) entry() {
	i := slices.IndexFunc(d.packages, func(p Package) bool { return p.Role == desired.RoleEntry })
	if i < 0 {
		return
	}
	p := &d.packages[i]
	var missing []Blocker
	for _, platform := range d.packages {
		if platform.Role == desired.RolePlatform && !platform.is(Served, True) {
			missing = append(missing, Blocker{Name: platform.Name, Condition: Served})
		}
	}
	for _, platform := range d.release.Apart {
		if d.is[platform.Name].State != observed.Served || platform.Version == "" {
			missing = append(missing, Blocker{Name: platform.Name, Condition: Served})
		}
	}
	for _, f := range d.findings {
		if f.Type == Conflict && !slices.ContainsFunc(missing, func(b Blocker) bool { return b.Name == f.Package }) {
			missing = append(missing, Blocker{Why: f.Message})
		}
	}
	p.block(p.appears(), missing...)
	complete := d.complete(p, len(missing))
	p.Conditions = append(p.Conditions, complete)
	if complete.Status != True {
		p.block(Tag, Blocker{Name: p.Name, Condition: Complete})
	}
}

// complete judges a served entry by its own set: the platforms that it lists, not those that the state file names today.
func (d *releaseDiff) complete(p *Package, missing int) Condition {
	is := d.is[p.Name]
	if is.State != observed.Served {
		status := False
		if is.State == observed.Unknown {
			status = Unknown
		}
		return Condition{Complete, status, "NotServed", "the entry is not served; " + plural(missing, "platform is not", "platforms are not")}
	}
	own := d.ownPlatforms(is.Manifest)
	set := d.judgeSet(p, own)
	torn := func(reason, message, next string) Condition {
		d.addFinding(Torn, Error, p.Name, fmt.Sprintf("%s is served, and %s", p.ID(), message), next)
		return Condition{Complete, False, reason, message}
	}
	again := fmt.Sprintf("release %s", d.freeNumber(p))
	next := "publish what is missing, or " + again
	switch {
	case set.burnt:
		next = again
	case d.release.Staged:
		next = fmt.Sprintf("approve what is staged (%s --only approve), stage what is missing, or %s", d.apply(), again)
	}
	switch {
	case len(own) == 0 && d.listsSome():
		return torn("NoPlatforms", "lists none of its platforms among its dependencies", again)
	case len(set.absent) > 0:
		return torn("PlatformsMissing", "lists platforms that are not served: "+Enumerate(set.absent), next)
	case len(set.elsewhere) > 0:
		return torn("PlatformsElsewhere", "npm does not install these where the state file says: "+Enumerate(set.elsewhere),
			fmt.Sprintf("correct os, cpu and libc in their package.json and %s, or correct the targets in the state file", again))
	case len(set.unsure) > 0:
		return Condition{Complete, Unknown, ReasonReadFailed, "could not be read: " + Enumerate(set.unsure)}
	case len(set.addressed) > 0:
		return Condition{Complete, True, "OtherSources", "lists platforms that come from no registry, so that nobody waits for them: " +
			Enumerate(set.addressed)}
	case len(set.others) > 0:
		return Condition{Complete, True, "OtherVersions", fmt.Sprintf("lists %s, all served; at versions of their own: %s",
			plural(len(own), "platform", "platforms"), Enumerate(set.others))}
	}
	platforms := plural(len(own), "platform", "platforms")
	if len(d.release.Apart) > 0 {
		return Condition{Complete, True, "Complete", fmt.Sprintf("lists %s, all served", platforms)}
	}
	return Condition{Complete, True, "Complete", fmt.Sprintf("lists %s at %s, all served", platforms, p.Version)}
}

// ownSet is what became of the platforms that an entry lists, by their names with versions.
type ownSet struct {
	absent, unsure []string // not served; not known to be
	burnt          bool     // one of the absent can never be published
	addressed      []string // by an address, which no registry knows
	others         []string // served, at another version than the state file wants
	elsewhere      []string // served, for other machines than the state file says
}

// judgeSet judges the platforms that a served entry lists. It finds those that the state file does not declare.
func (d *releaseDiff) judgeSet(p *Package, own map[spec.Name]string) (set ownSet) {
	for _, name := range slices.Sorted(maps.Keys(own)) {
		listed, declared := d.listed(p, name, own[name])
		if !declared {
			d.addFinding(Undeclared, Warning, name,
				fmt.Sprintf("%s lists the platform %s, which the state file does not declare", p.ID(), name),
				"declare its target, or leave it: the next release will not list it")
		}
		id := listedID(name, own[name])
		switch {
		case spec.Address(own[name]):
			set.addressed = append(set.addressed, id)
		case listed == observed.Unknown:
			set.unsure = append(set.unsure, id)
		case listed != observed.Served:
			set.absent, set.burnt = append(set.absent, id), set.burnt || listed == observed.Burnt
		case !d.wants(name, own[name]):
			set.others = append(set.others, id)
		}
		if out := d.shutOut(name); listed == observed.Served && out != "" {
			set.elsewhere = append(set.elsewhere, fmt.Sprintf("%s (%s)", id, out))
		}
	}
	return set
}

// listsSome tells whether the entry should list any platform.
func (d *releaseDiff) listsSome() bool {
	apart := func(p desired.Apart) bool { return p.ListedUnder != desired.UnderNothing }
	return slices.ContainsFunc(d.packages, Package.listed) || slices.ContainsFunc(d.release.Apart, apart)
}

// listed tells whether the package is a platform that its entry names.
func (p Package) listed() bool {
	return p.Role == desired.RolePlatform && p.declared.ListedUnder != desired.UnderNothing
}

// listed returns the state of a platform at the version that the entry lists, and whether the state file declares the platform.
func (d *releaseDiff) listed(entry *Package, name spec.Name, wanted string) (state observed.State, declared bool) {
	_, declared = d.release.PlatformVersion(name)
	if d.wants(name, wanted) {
		return d.is[name].State, true
	}
	for _, c := range d.is[entry.Name].Others {
		if c.Name == name && c.Wanted == wanted {
			if c.State == observed.Unknown {
				d.addUnreadable(name, c.Err)
			}
			return c.State, declared
		}
	}
	return observed.Unknown, declared
}

// wants tells whether the entry should list the platform so.
func (d *releaseDiff) wants(platform spec.Name, listed string) bool {
	wanted, ok := d.release.Lists(platform)
	return ok && wanted == listed
}

// listedID is the version that an entry wants of a platform, as npm has it: "name@version".
func listedID(name spec.Name, wanted string) string {
	name, wanted = spec.Aliased(name, wanted)
	return fmt.Sprintf("%s@%s", name, wanted)
}

// shutOut says on which machine of its target npm does not install a served platform; "" where it does on all.
func (d *releaseDiff) shutOut(platform spec.Name) string {
	m := d.is[platform].Manifest
	if wanted, ok := d.release.PlatformOf(platform); ok && m != nil {
		return m.Platform().ShutsOut(wanted)
	}
	return ""
}

// ownPlatforms returns the dependencies of an entry's manifest, optional or not, that are the release's platforms.
func (d *releaseDiff) ownPlatforms(m *spec.Manifest) map[spec.Name]string {
	own := map[spec.Name]string{}
	if m == nil {
		return own
	}
	for name, version := range m.Listed() {
		if d.release.PlatformName(name) && spec.Name(name) != m.Name && !m.Brings(name) && !d.stranger(m, spec.Name(name)) {
			own[spec.Name(name)] = version
		}
	}
	return own
}

// stranger tells whether what an entry lists is a library in spite of its name, such as @tool/wasm-runtime: it is not declared, installs
// everywhere, and has not the entry's version.
func (d *releaseDiff) stranger(entry *spec.Manifest, name spec.Name) bool {
	_, declared := d.release.PlatformVersion(name)
	if _, _, told := desired.TargetIn(name); declared || told {
		return false
	}
	return slices.ContainsFunc(d.is[entry.Name].Others, func(c observed.Component) bool {
		return c.Name == name && c.State == observed.Served && c.Platform.Anywhere() && c.Version != entry.Version
	})
}
