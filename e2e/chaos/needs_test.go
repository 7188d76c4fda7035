package chaos_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// need is what a package needs of one of another release.
type need struct{ of, kind, wanted string }

func (s schedule) allLibraries() []string {
	return []string{"@" + s.project + "/core", "@" + s.project + "/adapter"}
}

// drawNeeds has three releases, of the command and of two libraries, of which the later need packages of the earlier. Their
// pipelines run at once, in any order.
func (s *schedule) drawNeeds(d draw) {
	s.order = []string{s.first}
	for _, name := range s.libraries {
		s.order = append(s.order, name+"@"+versionOf(s.first))
	}
	d.Shuffle(len(s.order), func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
	s.needs = map[string][]need{}
	for i, later := range s.order[1:] {
		for j, earlier := range s.order[:i+1] {
			if j == i || d.chance(50) { // the one right before it always
				s.entangle(d, later, earlier)
			}
		}
	}
	s.faults = d.faults(*s, d.IntN(2))
	s.rounds = d.rounds(1+d.IntN(2), func() (all []run) {
		for _, i := range d.Perm(len(s.order)) {
			r := d.run()
			r.tag, r.after = s.order[i], time.Duration(d.IntN(600))*time.Second
			if d.chance(30) {
				r = d.killed(r)
			}
			all = append(all, r)
		}
		return all
	})
}

// entangle lets a package of one release need one of another.
func (s *schedule) entangle(d draw, later, earlier string) {
	from, kinds := d.pick(s.packagesOf(later)), []string{"dependencies", "dependencies", "peerDependencies", "optionalDependencies"}
	if slices.Contains(s.entries(), from) {
		kinds = kinds[:3] // its optional ones are its platforms
	}
	of := s.packagesOf(earlier)
	s.needs[from] = append(s.needs[from], need{
		of[len(of)-1], d.pick(kinds), d.pick([]string{"1.0.0", "^1.0.0", "~1.0.0", ">=1.0.0 <2.0.0", "1.x"}),
	})
}

// writeNeeds adds what a package needs to its package.json.
func (s schedule) writeNeeds(name, folder string) error {
	if len(s.needs[name]) == 0 {
		return nil
	}
	path := filepath.Join(folder, "package.json")
	var document map[string]any
	data, err := os.ReadFile(path)
	if err := errors.Join(err, json.Unmarshal(data, &document)); err != nil {
		return err
	}
	for _, n := range s.needs[name] {
		dependencies, _ := document[n.kind].(map[string]any)
		if dependencies == nil {
			dependencies = map[string]any{}
		}
		dependencies[n.of], document[n.kind] = n.wanted, dependencies
	}
	if data, err = json.MarshalIndent(document, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o600)
}

// checkNeeds: no package is accepted before what it needs is served. Nothing but the release's own version fits what is wanted.
func (p *play) checkNeeds(all records) {
	version := versionOf(p.first)
	for _, name := range p.packages() {
		one, ok := all[name].Versions[version]
		for _, n := range p.needs[name] {
			needed, there := all[n.of].Versions[version]
			if ok && (!there || needed.Served.After(one.Accepted)) {
				p.problem("%s was accepted at %s, and needs %s@%s, which is served from %s (accepted: %t)", name,
					one.Accepted.Format("15:04:05"), n.of, n.wanted, needed.Served.Format("15:04:05"), there)
			}
		}
	}
}

// highest is the version at which a package's latest points when all is done.
func (s schedule) highest(name string) (version string) {
	for _, tag := range s.tags() {
		if is := s.at(name, versionOf(tag)); slices.Contains(s.packagesOf(tag), name) && (version == "" || s.above(is, version)) {
			version = is
		}
	}
	return version
}

// above tells whether a version is higher than another one.
func (s schedule) above(version, than string) bool {
	order := []string{takenBack, "0.9.0-rc.1", former, versionOf(s.first), beyond, versionOf(s.second), ownNumber}
	return slices.Index(order, version) > slices.Index(order, than)
}
