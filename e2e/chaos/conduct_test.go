package chaos_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// checkUploads: no process sends a version again after an answer that leaves doubt, or that says that it is there.
func (p *play) checkUploads(m *machine, own []request) {
	last := map[string]request{}
	for _, q := range own {
		if !q.sends() {
			continue
		}
		if before, ok := last[q.name]; ok && q.arrived > 0 {
			switch {
			case before.taken():
				p.problem("m%d sent %s again (request %d) although the answer to request %d said that it is there",
					m.id, q.name, q.number, before.number)
			case before.doubtful():
				p.problem("m%d sent %s again (request %d) although request %d may have landed", m.id, q.name, q.number, before.number)
			}
		}
		if q.arrived > 0 {
			last[q.name] = q
		}
	}
}

// checkKnown: nothing is published whose state could not be read, nor what was read as there, nor below a dist-tag that was
// shown to be higher.
func (p *play) checkKnown(m *machine, own []request) {
	reads, shown := map[operation]map[string]request{opTags: {}, opManifest: {}}, map[string]int{}
	for _, q := range own {
		version := p.at(q.name, m.version())
		switch q.op {
		case opManifest:
			if !q.of(version) {
				continue // what the dist-tag's version has is compared with the artifact
			}
			if q.shows() {
				shown[q.name] = q.number
			}
			reads[q.op][q.name] = q
		case opTags:
			reads[q.op][q.name] = q
		case opPublish, opStage:
			for op, what := range reads {
				read, ok := what[q.name]
				if !ok || !read.settled() {
					p.problem("m%d published %s (request %d) although its %s could not be read (request %d)",
						m.id, q.name, q.number, op, read.number)
				}
			}
			if number, ok := shown[q.name]; ok {
				p.problem("m%d published %s@%s (request %d) although request %d had shown it", m.id, q.name, version, q.number, number)
			}
			if current := reads[opTags][q.name].tags()["latest"]; m.distTag == "" && p.above(current, version) {
				p.problem("m%d published %s@%s as latest (request %d) although it pointed at %s", m.id, q.name, version, q.number, current)
			}
		case opTag:
			if current := reads[opTags][q.name].tags()["latest"]; m.distTag == "" && !m.human && p.above(current, version) {
				p.problem("m%d moved latest of %s to %s (request %d) from %s", m.id, q.name, version, q.number, current)
			}
		}
	}
}

// checkConflict: a process that sent other bytes than those that it is shown neither publishes the entry nor ends well.
func (p *play) checkConflict(m *machine, own []request) {
	sent, shown := map[string]string{}, map[string]string{}
	conflict := func() (names []string) {
		for name, integrity := range sent {
			if shown[name] != "" && shown[name] != integrity {
				names = append(names, name)
			}
		}
		return names
	}
	for _, q := range own {
		_, integrity, _, whole := q.published()
		switch {
		case q.op == opManifest && q.shows() && q.of(p.at(q.name, m.version())):
			shown[q.name] = q.integrity()
		case slices.Contains(p.entries(), q.name) && (q.op == opApprove || q.op == opPublish && q.arrived > 0):
			if names := slices.DeleteFunc(conflict(), func(name string) bool { return !p.keeps(name, q.name) }); len(names) > 0 {
				p.problem("m%d published %s (request %d) over a conflict in %v", m.id, q.name, q.number, names)
			}
			for _, name := range p.platforms() {
				if shown[name] == "" {
					p.problem("m%d published %s (request %d) without having seen %s", m.id, q.name, q.number, name)
				}
			}
		}
		if whole && (q.doubtful() || q.taken()) {
			sent[q.name] = integrity
		}
	}
	if names := conflict(); len(names) > 0 && m.ends() && m.code != 1 {
		p.problem("m%d ended with %d although %v have other bytes than it sent", m.id, m.code, names)
	}
}

// ends tells whether the process ended by itself.
func (m *machine) ends() bool {
	return m.command != nil && m.command.ProcessState != nil && m.code >= 0
}

// result is what a process printed, as far as it matters here.
type result struct {
	Kind     string
	ExitCode int
	Findings []finding
	Summary  struct{ Converged bool }
}

type finding struct{ Type, Package, Next string }

func (m *machine) result() (r result, err error) { return r, json.Unmarshal(m.out.Bytes(), &r) }

// checkEnd: a process that was not killed ends with a documented code, says so in JSON, and is right when it says that all is
// done.
func (p *play) checkEnd(m *machine) {
	if !m.ends() {
		return
	}
	if !slices.Contains([]int{0, 1, 3, 4}, m.code) {
		p.problem("m%d ended with %d", m.id, m.code)
	}
	for _, trace := range []string{"panic:", "goroutine ", "\x1b", "\a"} {
		if strings.Contains(m.outputs(), trace) {
			p.problem("m%d printed %q", m.id, trace)
		}
	}
	r, err := m.result()
	switch {
	case err != nil:
		p.problem("m%d printed no JSON: %v", m.id, err)
	case r.Kind != "Result" || r.ExitCode != m.code:
		p.problem("m%d printed a %s with the exit code %d, and ended with %d", m.id, r.Kind, r.ExitCode, m.code)
	case r.Summary.Converged != (m.code == 0) && (m.only == "" || m.code != 0):
		p.problem("m%d ended with %d and says converged: %t", m.id, m.code, r.Summary.Converged)
	}
	switch {
	case m.code == 0:
	case m.id > p.calm, len(p.faults) > 0, p.stands():
		return
	case m.code == 3 && p.word == wordStaged, m.code == 1 && p.lacksGiven(m):
		return
	case m.code != 4:
		p.problem("m%d ended with %d although nothing went wrong", m.id, m.code)
		return
	case !slices.ContainsFunc(r.Findings, func(f finding) bool { return f.Type == "Stuck" }):
		p.problem("m%d ended with 4 and says of nothing that it is stuck", m.id)
		return
	default:
		return
	}
	for _, name := range p.packagesOf(m.tag) {
		if (m.only == "" || m.only == approve) && !m.found.has(name, p.at(name, m.version()), m.ended) {
			p.problem("m%d ended with 0 while %s %s was not served", m.id, name, m.tag)
		}
	}
}

// lacksGiven tells whether a process did not find what another pipeline publishes: it cannot know that it comes.
func (p *play) lacksGiven(m *machine) bool {
	return slices.ContainsFunc(p.platforms(), func(name string) bool { return p.given(name) && !m.found.has(name, ownNumber, m.ended) })
}

// stands tells whether something else than faults may be in a release's way.
func (s schedule) stands() bool {
	return s.settings.any() || slices.Contains([]sort{sortBuilds, sortOverlap, sortTime, sortBurnt, sortNeeds, sortRollback, sortStaged}, s.sort)
}

// anyToken fits every ID token, and every token of the sandbox's. What stands amid an integrity is none.
var anyToken = regexp.MustCompile(`(^|[^A-Za-z0-9+/])eyJ[A-Za-z0-9_-]{10}|npm_[A-Z2-7]{26}`)

// checkSecrets: no token is printed or left in a file.
func (p *play) checkSecrets(m *machine) {
	if anyToken.MatchString(m.outputs()) || m.secret != "" && strings.Contains(m.outputs(), m.secret) {
		p.problem("m%d printed a token", m.id)
	}
	err := filepath.WalkDir(m.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || entry.Name() == ".npmrc" {
			return err
		}
		content, err := os.ReadFile(path)
		if anyToken.Match(content) && !bytes.HasPrefix(content, []byte("\x1f\x8b")) { // what is compressed may read like anything
			p.problem("m%d left a token in %s", m.id, path)
		}
		return err
	})
	if err != nil {
		p.problem("m%d: %v", m.id, err)
	}
}

// checkQuiet: where all is done, nothing is sent.
func (p *play) checkQuiet(requests []request) {
	if p.quiet.code != 0 {
		p.problem("m%d ended with %d where all was done", p.quiet.id, p.quiet.code)
	}
	for _, q := range p.quiet.writes(requests) {
		p.problem("m%d sent %s %s where all was done", q.machine, q.method, q.path)
	}
}
