package chaos_test

import (
	"slices"
	"strings"
)

// shape is a way to lay a family out: a state file, what is built for it, and what the checker expects. A schedule may have several.
type shape struct {
	name    string
	percent int                 // of the schedules in which it may be
	not     []sort              // no schedules of these
	npm     bool                // it needs names that are there from the start
	fits    func(schedule) bool // besides those that were drawn before; nil: it does
	draw    func(*schedule, draw)
}

// platforms are one block of them in the state file.
type platforms struct {
	form    string // of the names by which the entry lists them: holds {target}
	fields  string // further ones of the state file
	version string // their own; "": that of the release
	given   bool   // another pipeline publishes them
	members []member
}

// member is a platform.
type member struct{ target, fields, under string }

// Where else than among its optional dependencies an entry lists a platform.
const (
	underNothing      = "nothing"
	underDependencies = "dependencies"
)

// shapes are drawn in this order.
func shapes() []shape {
	without := func(some ...sort) (others []sort) {
		return slices.DeleteFunc(sorts(), func(s sort) bool { return slices.Contains(some, s) })
	}
	further := func(m member) func(*schedule, draw) {
		return func(s *schedule, _ draw) { s.blocks[0].members = append(s.blocks[0].members, m) }
	}
	return []shape{
		{name: "one name", percent: 25, npm: true, draw: func(s *schedule, _ draw) { s.oneName = true }},
		{
			name: "a platform apart", percent: 30, not: without(sortFaults, sortKills, sortRaces, sortNever, sortTime),
			fits: func(s schedule) bool { return !s.oneName },
			draw: func(s *schedule, _ draw) {
				all := s.blocks[0].members
				s.blocks[0].members = all[:len(all)-1]
				s.blocks = append(s.blocks, platforms{form: s.blocks[0].form, fields: `, tag: "v{version}"`, members: slices.Clone(all[len(all)-1:])})
			},
		},
		{name: "a fallback that is not listed", percent: 15, not: []sort{sortRollback},
			draw: further(member{"wasm32-wasi", "cpu: wasm32, listedUnder: nothing", underNothing})},
		{name: "a fallback for every machine", percent: 15, not: []sort{sortRollback},
			draw: further(member{"javascript", "os: [], cpu: [], listedUnder: dependencies", underDependencies})},
		{name: "a pinned block", percent: 15, not: []sort{sortRollback, sortBurnt}, draw: pinned(false)},
		{name: "a pinned block of another pipeline", percent: 15, not: []sort{sortRollback, sortBurnt}, npm: true,
			fits: func(s schedule) bool { return !slices.ContainsFunc(s.blocks, platforms.pinned) }, draw: pinned(true)},
		{name: "two entries", percent: 20, not: []sort{sortRollback, sortBurnt},
			draw: func(s *schedule, _ draw) { s.slim = "@" + s.project + "/slim" }},
		{name: "prereleases as latest", percent: 15, not: []sort{sortRollback, sortBurnt, sortNeeds},
			draw: func(s *schedule, _ draw) { s.first, s.second = "v2.0.0-rc.9", "v2.0.0-rc.10" }},
		{name: "lockstep", percent: 15, not: []sort{sortRollback, sortBurnt, sortNeeds},
			draw: func(s *schedule, d draw) {
				s.libraries, s.lockstep = s.allLibraries(), true
				if d.chance(60) && s.sort != sortStaged { // which would be staged once what it needs is approved
					s.needs = map[string][]need{d.pick([]string{s.entry(), s.libraries[1]}): {{s.libraries[0], "dependencies", "^" + versionOf(s.first)}}}
				}
			}},
	}
}

// ownNumber is the version of a pinned block.
const ownNumber = "7.1.0"

func (b platforms) pinned() bool { return b.version != "" }

// pinned adds a block at a version of its own, for some of the targets.
func pinned(given bool) func(*schedule, draw) {
	return func(s *schedule, d draw) {
		b := platforms{
			form: "@" + s.project + "/libs-{target}", version: ownNumber, given: given, fields: ", version: " + ownNumber,
		}
		for _, target := range s.targets[:1+d.IntN(2)] {
			b.members = append(b.members, member{target: target})
		}
		s.blocks = append(s.blocks, b)
	}
}

// shape draws the shapes of a schedule, from a source of their own.
func (s *schedule) shape(d draw, npm bool) {
	for _, one := range shapes() {
		if d.chance(one.percent) && !slices.Contains(one.not, s.sort) && (npm || !one.npm) && (one.fits == nil || one.fits(*s)) {
			one.draw(s, d)
			s.shapes = append(s.shapes, one.name)
		}
	}
}

// find returns the block and the target of a platform.
func (s schedule) find(name string) (platforms, member, bool) {
	for _, b := range s.blocks {
		for _, m := range b.members {
			if b.name(m) == name {
				return b, m, true
			}
		}
	}
	return platforms{}, member{}, false
}

func (b platforms) name(m member) string { return strings.ReplaceAll(b.form, "{target}", m.target) }

// at is the version that a package has in a release.
func (s schedule) at(name, version string) string {
	if b, _, ok := s.find(name); ok && b.pinned() {
		return b.version
	}
	return version
}

// given tells whether another pipeline publishes a package.
func (s schedule) given(name string) bool {
	b, _, _ := s.find(name)
	return b.given
}

// unit is the package by which the release is called that a package is a part of: what keeps one of its packages back keeps all. What is
// released apart from the entry is a release of its own, and so is each library.
func (s schedule) unit(name string) string {
	if b, _, ok := s.find(name); ok && b.fields == "" {
		return s.entry()
	} else if ok {
		return b.form
	}
	return name
}

// alone tells whether all packages are one release.
func (s schedule) alone() bool {
	return !slices.ContainsFunc(s.packages(), func(name string) bool { return s.unit(name) != s.entry() })
}

// keeps tells whether a package is not sent as long as something is wrong with another one.
func (s schedule) keeps(other, name string) bool {
	_, _, platform := s.find(other)
	return s.unit(other) == s.unit(name) || platform && slices.Contains(s.entries(), name)
}
