package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Need is what a package needs of another one to be installed.
type Need struct {
	Wanted   string // a version, a range or a dist-tag
	Optional bool   // npm installs without it
}

// Needs are the dependencies of a package, by name.
type Needs map[spec.Name]Need

// NeedsOf returns the dependencies of all kinds that a manifest names, without development dependencies and without packages that are
// bundled in the tarball. An alias ("npm:name@range") is a need of the package that it stands for.
func NeedsOf(m spec.Manifest) Needs {
	needs := Needs{}
	add := func(name, wanted string, optional bool) {
		if m.Brings(name) {
			return
		}
		meant, wanted := spec.Aliased(spec.Name(name), wanted)
		if strings.ContainsAny(wanted, ":/") { // an address, which no registry is asked for
			return
		}
		if _, known := needs[meant]; !known || meant.String() == name { // by its own name counts before aliases
			needs[meant] = Need{wanted, optional}
		}
	}
	for name, wanted := range m.PeerDependencies {
		add(name, wanted, m.PeerDependenciesMeta[name].Optional)
	}
	for name, wanted := range m.Dependencies {
		add(name, wanted, false)
	}
	for name, wanted := range m.OptionalDependencies { // which npm prefers where a name stands in both
		add(name, wanted, true)
	}
	return needs
}

// needs returns what a package needs of the other declared packages. A served version is read by its manifest, one that is to be
// published by its artifact. An entry's own platforms are left out: Complete judges them.
func (d *releaseDiff) needs(p Package) Needs {
	all := d.want.Needs[p.Name]
	if m := d.is[p.Name].Manifest; m != nil {
		all = NeedsOf(*m)
	}
	return all.among(d.versions, p.declared, *d.release)
}

// among keeps the needs of declared packages, without an entry's own platforms.
func (n Needs) among(versions map[spec.Name]spec.Version, p desired.Package, release desired.Release) Needs {
	kept := Needs{}
	for name, need := range n {
		_, isPlatform := release.PlatformVersion(name)
		own := p.Role == desired.RoleEntry && (isPlatform || isPlatformOf(release, name, need.Wanted))
		if _, declared := versions[name]; declared && name != p.Name && !own {
			kept[name] = need
		}
	}
	return kept
}

// isPlatformOf tells whether a version is one of an entry's platforms, where these are versions of that package.
func isPlatformOf(release desired.Release, name spec.Name, wanted string) bool {
	is := func(p desired.Package, version spec.Version) bool {
		return p.Home.Name == name && p.Home.Version(version).String() == wanted
	}
	return slices.ContainsFunc(release.Platforms(), func(p desired.Package) bool { return is(p, release.Version) }) ||
		slices.ContainsFunc(release.Apart, func(p desired.Apart) bool { return is(p.Package, p.Version) })
}

// versions returns the desired version of each declared package; "" where none is desired.
func (w Desired) versions() map[spec.Name]spec.Version {
	versions := map[spec.Name]spec.Version{}
	for _, r := range w.Releases {
		for _, p := range r.Packages {
			versions[p.Name] = r.Version
		}
	}
	return versions
}

// dependencies blocks publishes whose needs are not served yet, and finds versions that are served although their needs are not.
func (d *releaseDiff) dependencies() {
	for i := range d.packages {
		p := &d.packages[i]
		needs := d.needs(*p)
		for _, name := range slices.Sorted(maps.Keys(needs)) {
			wait, met := d.met(name, needs[name].Wanted)
			if met {
				continue
			}
			if wait.Why == "" { // otherwise unmeetable has put it into the gate
				p.block(p.appears(), wait)
			}
			if d.is[p.Name].State == observed.Served && !needs[name].Optional {
				d.unmet(*p, name, needs[name].Wanted)
			}
		}
	}
}

// unmeetable returns the needs of a release that no wait will meet; nothing of the release is sent then, as it could never be installed.
// Optional needs are not among them, as npm installs without them: an optional peer may well name only older versions.
func (d *releaseDiff) unmeetable() []Blocker {
	var gate []Blocker
	for _, p := range d.packages {
		needs := d.needs(p)
		for _, name := range slices.Sorted(maps.Keys(needs)) {
			wait, met := d.met(name, needs[name].Wanted)
			if met || wait.Why == "" || needs[name].Optional || d.is[p.Name].State == observed.Served {
				continue
			}
			if fit := d.is[name].Fits[needs[name].Wanted]; fit.State == observed.Unknown {
				d.addUnreadable(name, fit.Err)
			}
			gate = append(gate, Blocker{Why: fmt.Sprintf("what %s needs: %s", p.Name, wait.Why)})
		}
	}
	return gate
}

// met tells whether a served version of a declared package fits what is needed of it. If none does, wait is what has to come first.
func (d *releaseDiff) met(name spec.Name, wanted string) (wait Blocker, met bool) {
	version := d.versions[name]
	is, fit := d.is[name], d.is[name].Fits[wanted]
	fits := fitting(version, wanted)
	switch {
	case fits && is.State == observed.Served, fit.State == observed.Served && !fit.Version.Placeholds(d.want.Placeholder):
		return Blocker{}, true
	case fits:
		return Blocker{Name: name, Condition: Served}, false
	case fit.State == observed.Unknown:
		return Blocker{Why: fmt.Sprintf("%s@%s, which could not be looked up", name, wanted)}, false
	case version == "": // nothing is desired of it here, but another run may be publishing it
		return Blocker{Name: name, Wanted: wanted, Condition: Served}, false
	}
	return Blocker{Why: fmt.Sprintf("%s@%s, of which nothing served fits, nor would %s", name, wanted, version)}, false
}

// fitting tells whether a version is in the wanted range.
func fitting(version spec.Version, wanted string) bool {
	r, err := spec.ParseRange(wanted)
	return err == nil && r.Includes(version)
}

// unmet adds the finding for a served package that cannot be installed, unless what it needs is on its way or could not be read.
func (d *releaseDiff) unmet(p Package, name spec.Name, wanted string) {
	is := d.is[name]
	fit, asked := is.Fits[wanted]
	if is.State.Coming() || is.State == observed.Unknown || fit.State == observed.Unknown && asked || !asked {
		return
	}
	d.addFinding(Unmet, Error, p.Name,
		fmt.Sprintf("%s is served, and needs %s@%s, which is not: npm install fails", p.ID(), name, wanted),
		fmt.Sprintf("publish a version of %s that fits, or release %s", name, d.freeNumber(&p)))
}

// wanted returns, for each declared package, the versions and ranges that others need and that its desired version does not fulfil or is
// not served for. They are looked up in the registry: an older version may fit.
func (r *run) wanted() map[spec.Name][]string {
	wanted, versions := map[spec.Name][]string{}, r.want.versions()
	for _, release := range r.want.Releases {
		for _, p := range release.Packages {
			needs := r.want.Needs[p.Name]
			if m := r.snapshot[p.Name].Manifest; m != nil {
				needs = NeedsOf(*m)
			}
			for name, need := range needs.among(versions, p, release) {
				settled := r.snapshot[name].State == observed.Served && fitting(versions[name], need.Wanted)
				if !settled && !slices.Contains(wanted[name], need.Wanted) {
					wanted[name] = append(wanted[name], need.Wanted)
				}
			}
		}
	}
	for _, all := range wanted {
		slices.Sort(all)
	}
	return wanted
}

// publishAwaits returns the packages that have to be served before p is published.
func (p Package) publishAwaits() (names []spec.Name) {
	c, _ := p.change(p.appears())
	for _, b := range c.BlockedBy {
		if b.Condition == Served {
			names = append(names, b.Name)
		}
	}
	return names
}

// findCycles adds a finding for each cycle of publishes that wait for each other, and marks their packages: no wait helps them.
// Packages of other nodes count, too: a cycle over two nodes is one of neither alone.
func (p *Plan) findCycles() {
	awaits := map[spec.Name][]spec.Name{}
	for _, pkg := range p.Packages() {
		awaits[pkg.Name] = pkg.awaits
	}
	cyclic := map[spec.Name]bool{}
	for _, cycle := range cycles(awaits) {
		var names []string
		for _, name := range cycle {
			names, cyclic[name] = append(names, string(name)), true
		}
		p.Findings = append(p.Findings, Finding{
			Type: Cycle, Severity: Error, Package: cycle[0],
			Message: "each of these needs the next one to be served before it is published: " + strings.Join(names, " → "),
			Next:    "let one of them take a version that is served already, or none",
		})
	}
	for _, g := range p.Groups {
		for i := range g.Packages {
			g.Packages[i].cyclic = cyclic[g.Packages[i].Name]
		}
	}
}

// cycles returns each cycle once, as a, b, a.
func cycles(awaits map[spec.Name][]spec.Name) (found [][]spec.Name) {
	visited := map[spec.Name]bool{}
	var path []spec.Name
	var visit func(name spec.Name)
	visit = func(name spec.Name) {
		if at := slices.Index(path, name); at >= 0 {
			found = append(found, append(slices.Clone(path[at:]), name))
			return
		}
		if visited[name] {
			return
		}
		path = append(path, name)
		for _, next := range awaits[name] {
			visit(next)
		}
		path = path[:len(path)-1]
		visited[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(awaits)) {
		visit(name)
	}
	return found
}
