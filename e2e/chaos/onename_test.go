package chaos_test

import (
	"regexp"
	"slices"
	"strings"
)

// Schedules of one name have their platforms as versions of the entry's package. All else here speaks of a platform by its alias and the
// release's version, as if it were a package of its own: what comes from the registry, or goes to it, is translated here.

// ending is what the versions of a platform have behind the release's, and its dist-tag is called like it; "" of all that has a package of
// its own.
func (s schedule) ending(name string) string {
	if b, m, ok := s.find(name); ok && s.oneName && !b.pinned() {
		return m.target
	}
	return ""
}

// onNpm is where the registry has a package's version.
func (s schedule) onNpm(name, version string) (string, string) {
	if ending := s.ending(name); ending != "" {
		return s.entry(), version + "-" + ending
	}
	return name, version
}

// home is the package of the registry that has a package's versions.
func (s schedule) home(name string) string {
	home, _ := s.onNpm(name, "")
	return home
}

// alias is onNpm turned round.
func (s schedule) alias(name, version string) (string, string) {
	if !s.oneName || name != s.entry() {
		return name, version
	}
	for _, platform := range s.platforms() {
		if release, ok := strings.CutSuffix(version, "-"+s.ending(platform)); ok && release != "" && s.ending(platform) != "" {
			return platform, release
		}
	}
	return name, version
}

// wanted is how an entry lists a platform.
func (s schedule) wanted(name, version string) string {
	version = s.at(name, version)
	if home, own := s.onNpm(name, version); home != name {
		return "npm:" + home + "@" + own
	}
	return version
}

// tagOf is the dist-tag under which a package's releases are.
func (s schedule) tagOf(name string) string {
	if ending := s.ending(name); ending != "" {
		return ending
	}
	return "latest"
}

// own are the records of packages, each with its own versions and dist-tags, out of what the registry has.
func (s schedule) own(names []string, all records) records {
	own := records{}
	for _, name := range names {
		home := all[s.home(name)]
		if !s.oneName || s.home(name) != s.entry() {
			own[name] = home
			continue
		}
		one := record{Versions: map[string]held{}, Tags: map[string][]string{}, Staged: map[string]staged{}, Access: home.Access, Tokens: home.Tokens}
		for version, v := range home.Versions {
			if whose, release := s.alias(s.entry(), version); whose == name {
				one.Versions[release] = v
			}
		}
		for version, v := range home.Staged {
			if whose, release := s.alias(s.entry(), version); whose == name {
				one.Staged[release] = v
			}
		}
		for tag, history := range home.Tags {
			switch {
			case name == s.entry():
				one.Tags[tag] = history
			case tag == s.ending(name):
				for _, version := range history {
					one.Tags["latest"] = append(one.Tags["latest"], strings.TrimSuffix(version, "-"+tag))
				}
			}
		}
		own[name] = one
	}
	return own
}

var sentVersion = regexp.MustCompile(`"dist-tags": ?\{"[^"]*": ?"([^"]+)"`)

// aliased names in each request the package that it is about. One about all of them is there once for each.
func (s schedule) aliased(requests []request) (all []request) {
	if !s.oneName {
		return requests
	}
	for _, q := range requests {
		if q.name != s.entry() {
			all = append(all, s.of(q, q.name))
			continue
		}
		path := strings.TrimSuffix(strings.TrimSuffix(q.path, "/status"), ".tgz")
		name := q.name
		switch q.op {
		case opTags, opPackument:
			for _, name := range s.packages() {
				if s.home(name) == s.entry() {
					all = append(all, s.of(q, name))
				}
			}
			continue
		case opTag:
			at := slices.IndexFunc(s.platforms(), func(name string) bool { return strings.HasSuffix(path, "/"+s.tagOf(name)) })
			if at >= 0 {
				name = s.platforms()[at]
			}
		case opPublish, opStage:
			if sent := sentVersion.FindSubmatch(q.body); sent != nil {
				name, _ = s.alias(q.name, string(sent[1]))
			}
		case opManifest, opStatus, opTarball:
			name, _ = s.alias(q.name, path)
		}
		all = append(all, s.of(q, name))
	}
	return all
}

// of is a request, or what it says about one of the packages that it is about.
func (s schedule) of(q request, name string) request {
	q.name = name
	if ending := s.ending(name); ending != "" {
		q.suffix, q.distTag = "-"+ending, ending
	}
	return q
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
		if !q.sends() || p.home(q.name) != p.entry() {
			continue
		}
		if before, ok := open[q.machine]; ok && before.done && before.answered >= q.number {
			p.problem("m%d sent request %d before request %d of the same package was answered", q.machine, q.number, before.number)
		}
		open[q.machine] = q
	}
}
