package chaos_test

import (
	"regexp"
	"slices"
	"strings"
)

// Schedules of one name have their platforms as versions of the entry's package. All else here speaks of a platform by its alias and the
// release's version, as if it were a package of its own: what comes from the registry, or goes to it, is translated here.

// oneNames are the sorts that are played with one name, too.
func oneNames() []sort {
	return []sort{sortFaults, sortKills, sortRaces, sortBuilds, sortNever, sortTime, sortOverlap}
}

// onNpm is where the registry has a package's version.
func (s schedule) onNpm(name, version string) (string, string) {
	for _, target := range s.targets {
		if s.oneName && name == s.platform(target) {
			return s.entry(), version + "-" + target
		}
	}
	return name, version
}

// alias is onNpm turned round.
func (s schedule) alias(name, version string) (string, string) {
	for _, target := range s.targets {
		if release, ok := strings.CutSuffix(version, "-"+target); ok && s.oneName && name == s.entry() {
			return s.platform(target), release
		}
	}
	return name, version
}

// wanted is how the entry lists a platform.
func (s schedule) wanted(name, version string) string {
	if home, own := s.onNpm(name, version); home != name {
		return "npm:" + home + "@" + own
	}
	return version
}

// own are the records of a schedule's packages, each with its own versions and dist-tags.
func (s schedule) own(all records) records {
	if !s.oneName {
		return all
	}
	home, own := all[s.entry()], records{}
	for name := range all {
		own[name] = record{Versions: map[string]held{}, Tags: map[string][]string{}, Access: home.Access}
	}
	for version, v := range home.Versions {
		name, release := s.alias(s.entry(), version)
		own[name].Versions[release] = v
	}
	for tag, history := range home.Tags {
		for _, version := range history {
			name, release := s.alias(s.entry(), version)
			if is := s.tagOf(name); is == tag {
				own[name].Tags["latest"] = append(own[name].Tags["latest"], release)
			} else if name == s.entry() || tag == "latest" { // which no platform's version may take
				own[s.entry()].Tags[tag] = append(own[s.entry()].Tags[tag], version)
			}
		}
	}
	return own
}

// tagOf is the dist-tag under which a package's releases are.
func (s schedule) tagOf(name string) string {
	for _, target := range s.targets {
		if s.oneName && name == s.platform(target) {
			return target
		}
	}
	return "latest"
}

var sentVersion = regexp.MustCompile(`"dist-tags": ?\{"[^"]*": ?"([^"]+)"`)

// aliased names in each request the package that it is about. One for the dist-tags of all is there once for each of them.
func (s schedule) aliased(requests []request) (all []request) {
	if !s.oneName {
		return requests
	}
	for _, q := range requests {
		if q.name != s.entry() {
			all = append(all, q)
			continue
		}
		path := strings.TrimSuffix(strings.TrimSuffix(q.path, "/status"), ".tgz")
		switch q.op {
		case opTags:
			for _, name := range append(s.platforms(), s.entry()) {
				q.name, q.distTag = name, s.tagOf(name)
				all = append(all, q)
			}
			continue
		case opTag:
			at := slices.IndexFunc(s.platforms(), func(name string) bool { return strings.HasSuffix(path, "/"+s.tagOf(name)) })
			if at >= 0 {
				q.name = s.platforms()[at]
			}
		case opPublish, opStage:
			if sent := sentVersion.FindSubmatch(q.body); sent != nil {
				q.name, _ = s.alias(q.name, string(sent[1]))
			}
		case opManifest, opStatus, opTarball:
			q.name, _ = s.alias(q.name, path)
		}
		if q.name != s.entry() {
			q.suffix = "-" + s.tagOf(q.name)
		}
		all = append(all, q)
	}
	return all
}

// checkOneName: no process sends two versions of the one package at once, and latest never goes to a platform's version.
func (p *play) checkOneName(requests []request, all records) {
	if !p.oneName {
		return
	}
	for _, version := range all[p.entry()].Tags["latest"] {
		if name, _ := p.alias(p.entry(), version); name != p.entry() {
			p.problem("latest pointed at %s, which is a platform's", version)
		}
	}
	open := map[int]request{}
	for _, q := range requests {
		if !q.sends() {
			continue
		}
		if before, ok := open[q.machine]; ok && before.done && before.answered >= q.number {
			p.problem("m%d sent request %d before request %d of the same package was answered", q.machine, q.number, before.number)
		}
		open[q.machine] = q
	}
}
