package chaos_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// burning is a human's deletion of a version. Its number is never free again.
type burning struct {
	name   string
	before int  // which round
	above  bool // the next number is burnt as well
}

// beyond is the number behind that of the release that is burnt.
const beyond = "1.0.1"

// drawBurnt has a number burnt before the release begins, or amid it. What caches go on to show of a version that was deleted is left
// out: nobody can know it for deleted then.
func (s *schedule) drawBurnt(d draw) {
	s.faults = slices.DeleteFunc(d.faults(*s, d.IntN(3)), lasts)
	s.rounds = d.rounds(1+d.IntN(2), func() []run {
		if d.chance(50) {
			return []run{d.killed(d.run())}
		}
		return []run{d.run()}
	})
	s.burnt = burning{d.pick(s.packages()), max(0, d.IntN(len(s.rounds)+2)-1), d.chance(30)} // mostly from the beginning
}

// burn deletes the version if its time has come: of the entry where that is there, as nobody would be left with half a release.
func (p *play) burn(round int) {
	if p.sort != sortBurnt || p.burnt.before != round {
		return
	}
	for _, m := range p.machines {
		m.close() // what a killed process had sent has arrived then
	}
	all, err := p.records(p.packages())
	if _, there := all[p.entry()].Versions[versionOf(p.first)]; there {
		p.burnt.name = p.entry()
	}
	home, number := p.onNpm(p.burnt.name, versionOf(p.first))
	numbers := []string{number}
	if p.burnt.above {
		_, number := p.onNpm(p.burnt.name, beyond)
		numbers = append(numbers, number)
	}
	err = errors.Join(err, rewrite(p.stage.dir, home, func(document map[string]any) error {
		versions, _ := document["versions"].(map[string]any)
		tags, _ := document["tags"].(map[string]any)
		burnt, _ := document["burnt"].([]any)
		for _, number := range numbers {
			delete(versions, number)
			burnt = append(burnt, number)
		}
		for tag, history := range tags {
			pointed, _ := history.([]any)
			tags[tag] = slices.DeleteFunc(pointed, func(version any) bool { return version == numbers[0] })
		}
		document["burnt"] = burnt
		return nil
	}))
	if err != nil {
		p.problem("burning %s: %v", p.burnt.name, err)
	}
	p.unburnt = len(p.machines)
}

// buries tells whether an answer says that a version was deleted.
func (q request) buries(version string) bool {
	if q.op == opStatus {
		return q.word() == wordDeleted
	}
	var packument struct{ Versions, Time map[string]json.RawMessage }
	if q.op != opPackument || !q.shows() || json.Unmarshal(q.answer, &packument) != nil {
		return false
	}
	_, times := packument.Time[version+q.suffix]
	_, versions := packument.Versions[version+q.suffix]
	return times && !versions
}

// checkBurnt: nothing of a release is sent once a number of it is burnt, where that can be known: by its status, else by the times of
// the packument.
func (p *play) checkBurnt(requests []request) {
	for _, m := range p.machines {
		if p.sort != sortBurnt || m.id <= p.unburnt || m.tag != p.first {
			continue
		}
		var told, failed, unread bool
		for _, q := range requests {
			if q.machine != m.id {
				continue
			}
			switch about := q.name == p.burnt.name; {
			case about && (q.op == opTags || q.op == opManifest && q.of(m.version())):
				unread = !q.settled()
			case about && (q.op == opStatus || q.op == opPackument):
				told = told || q.buries(m.version())
				failed = failed || q.op == opPackument && !q.shows()
			case q.op == opPublish && q.arrived > 0 && (told || !failed && !unread):
				p.problem("m%d published %s (request %d) although %s of %s is burnt (it was told: %t)",
					m.id, q.name, q.number, m.version(), p.burnt.name, told)
			}
		}
	}
}

// checkGivenUp: who meets a burnt number says so, and advises one that nobody has used.
func (p *play) checkGivenUp(m *machine) {
	r, err := m.result()
	i := slices.IndexFunc(r.Findings, func(f finding) bool { return f.Type == "Burnt" && f.Package == p.burnt.name })
	if err != nil || m.code != 1 || i < 0 {
		p.problem("m%d ended with %d and does not say that a number of %s is burnt", m.id, m.code, p.burnt.name)
		return
	}
	used := versionOf(p.first)
	if p.burnt.above {
		used = beyond
	}
	_, advice, _ := strings.Cut(r.Findings[i].Next, "release ")
	advice, _, _ = strings.Cut(advice, ",")
	if advice <= used { // one digit each
		p.problem("m%d advises to release %q, where %s is burnt", m.id, advice, used)
	}
	if n := len(m.writes(p.journal.list())); n > 0 {
		p.problem("m%d sent %d changes of a release that cannot be finished", m.id, n)
	}
}

// writes are the requests of a process that would change the registry.
func (m *machine) writes(requests []request) []request {
	return slices.DeleteFunc(slices.Clone(requests), func(q request) bool {
		reads := q.method == http.MethodGet || q.method == http.MethodHead || q.op == opExchange
		return q.machine != m.id || reads
	})
}
