package chaos_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"
)

// What a registry says of a version that it does not serve.
const (
	wordStaged     = "staged"
	wordBlocked    = "blocked"
	wordDeleted    = "deleted"
	wordValidating = "validating"
)

// drawStatus lets the registry say in the end, of a version whose scan does not end, that it is blocked, or staged.
func (s *schedule) drawStatus(d draw) {
	s.mute, s.never = false, d.pick(s.packages())
	s.scan[s.never] = never
	s.word, s.wordAfter = d.pick([]string{wordBlocked, wordBlocked, wordStaged}), d.minutes(0, 20)
	s.faults = d.faults(*s, d.IntN(2))
	s.rounds = d.rounds(1+d.IntN(3), func() []run {
		if d.chance(30) {
			return []run{d.killed(d.run())}
		}
		return []run{d.run()}
	})
}

// speaking is the registry with its own word on versions: refused, or other than the sandbox's.
func (p *play) speaking(registry http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		op, name := about(r)
		switch {
		case op != opStatus:
		case p.mute:
			http.Error(rw, `{"error": "Forbidden"}`, http.StatusForbidden)
			return
		case p.word != "" && p.speaksOf(name, r.URL.Path) == p.never && p.clock.Now().Sub(p.began) >= p.wordAfter:
			answer := httptest.NewRecorder()
			registry.ServeHTTP(answer, r)
			document := map[string]string{}
			if json.Unmarshal(answer.Body.Bytes(), &document) == nil && document["status"] == wordValidating {
				document["status"] = p.word
			}
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(answer.Code)
			_ = json.NewEncoder(rw).Encode(document) // whoever asked may be gone
			return
		}
		registry.ServeHTTP(rw, r)
	})
}

// speaksOf is the package whose status is asked for.
func (p *play) speaksOf(name, path string) string {
	alias, _ := p.alias(name, strings.TrimSuffix(path, "/status"))
	return alias
}

// word is what an answer says of a version: one that came whole.
func (q request) word() string {
	var document struct{ Status string }
	if q.op != opStatus || !q.shows() || json.Unmarshal(q.answer, &document) != nil {
		return ""
	}
	return document.Status
}

// atOnce is how long a process may go on that was told that a version is blocked.
const atOnce = 10 * time.Minute

// checkWords: what the registry says that it has is not sent; where it says of a version that no upload changes that, nothing of
// its release is begun, and its entry is not sent. Who is told that it is blocked does not wait.
func (p *play) checkWords(m *machine, own []request) {
	told, begun, stands := map[string]request{}, map[string]bool{}, map[string]request{} // the last two by release
	var blocked request
	for _, q := range own {
		word, version := q.word(), p.at(q.name, m.version())
		switch {
		case word != "" && q.of(version) && slices.Contains(p.packagesOf(m.tag), q.name):
			told[q.name] = q
			if !slices.Contains([]string{wordStaged, wordBlocked, wordDeleted}, word) || word == wordStaged && p.sort == sortStaged {
				continue
			}
			if _, ok := stands[p.unit(q.name)]; !ok {
				stands[p.unit(q.name)] = q
			}
			if blocked.number == 0 && word == wordBlocked {
				blocked = q
			}
		case q.op == opStatus && q.status == http.StatusNotFound && q.of(version):
			delete(told, q.name) // what was staged may have been rejected since
		case q.sends() && q.arrived > 0:
			if before, ok := told[q.name]; ok {
				p.problem("m%d published %s (request %d) although it had been told that it is %s (request %d)",
					m.id, q.name, q.number, before.word(), before.number)
			}
			for _, other := range stands {
				if p.keeps(other.name, q.name) && (!begun[p.unit(q.name)] || slices.Contains(p.entries(), q.name)) {
					p.problem("m%d published %s (request %d) although it had been told that %s is %s (request %d)",
						m.id, q.name, q.number, other.name, other.word(), other.number)
				}
			}
			begun[p.unit(q.name)] = true
		}
	}
	late := m.ended.Sub(blocked.at) > atOnce && p.unit(blocked.name) == p.entry() && p.alone()
	if m.ends() && blocked.number > 0 && len(p.faults) == 0 && p.sort != sortStaged && (m.code != 4 && !p.awaitsHuman(m.code) || late) {
		p.problem("m%d ended with %d, %s after it had been told that %s is blocked", m.id, m.code, m.ended.Sub(blocked.at), blocked.name)
	}
}
