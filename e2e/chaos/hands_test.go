package chaos_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// block is what the registry's scan does to a package, whenever it comes to that.
const block = "block"

// hand is something that is done to a staged version without the program, as soon as it can be, from a request of a round on.
type hand struct {
	does    string // approve, reject, block
	name    string
	round   int
	request int64
}

func (h hand) String() string {
	return fmt.Sprintf("%s %s from request %d of round %d on", h.does, h.name, h.request, h.round+1)
}

func (d draw) hands(s schedule) (all []hand) {
	for range 1 + d.IntN(5)/3 {
		h := hand{does: approve, name: d.pick(s.entries()), round: d.IntN(len(s.rounds)), request: 1 + int64(d.IntN(120))}
		switch n := d.IntN(100); {
		case n < 35: // the entry first, whatever its platforms are
		case n < 50:
			h.name = d.pick(s.packages())
		case n < 75:
			h.does, h.name = reject, d.pick(s.packages())
		default:
			h.does, h.name = block, d.pick(s.packages())
		}
		all = append(all, h)
	}
	return all
}

// deed is what was done by hand.
type deed struct {
	hand
	at int // how many requests had begun
}

// hands are the people, and what they know.
type hands struct {
	mu    sync.Mutex
	turn  int // of which round they are in
	deeds []deed
	ids   map[string]string // the names of staged versions, by their ID
}

func (h *hands) list() []deed {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.deeds)
}

// did tells whether such a thing was done.
func (h *hands) did(what string) bool {
	return slices.ContainsFunc(h.list(), func(d deed) bool { return d.does == what })
}

// named returns the requests about staged versions with the name that their ID stands for.
func (h *hands) named(requests []request) []request {
	for i, q := range requests {
		if q.decides() || q.op == opStageTarball || q.op == opStages {
			id, _, _ := strings.Cut(strings.TrimPrefix(q.path, "/-/stage/"), "/")
			requests[i].name = h.ids[id]
		}
	}
	return requests
}

// meddling is the registry with people who decide by hand. It learns the ID of each version that is staged.
func (p *play) meddling(registry http.Handler) http.Handler {
	if p.sort != sortStaged {
		return registry
	}
	round, count := p.hands.turn, new(atomic.Int64)
	p.hands.turn++
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		p.meddle(registry, round, count.Add(1))
		op, name := about(r)
		if op != opStage {
			registry.ServeHTTP(rw, r)
			return
		}
		answer := httptest.NewRecorder()
		registry.ServeHTTP(answer, r)
		var taken struct{ StageID string }
		if json.Unmarshal(answer.Body.Bytes(), &taken) == nil && taken.StageID != "" {
			p.hands.learn(taken.StageID, p.stagedAs(name, taken.StageID))
		}
		for key, values := range answer.Header() {
			rw.Header()[key] = values
		}
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes()) // whoever asked may be gone
	})
}

// stagedAs is the package of which a version is staged.
func (p *play) stagedAs(name, id string) string {
	all, err := readRecords(p.stage.dir, []string{name})
	if err != nil {
		p.problem("reading what is staged: %v", err)
	}
	for version, one := range all[name].Staged {
		if one.ID == id {
			name, _ = p.alias(name, version)
			break
		}
	}
	return name
}

func (h *hands) learn(id, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ids == nil {
		h.ids = map[string]string{}
	}
	h.ids[id] = name
}

// meddle does what is due and can be done.
func (p *play) meddle(registry http.Handler, round int, request int64) {
	p.hands.mu.Lock()
	defer p.hands.mu.Unlock()
	for _, h := range p.staging.hands {
		done := slices.ContainsFunc(p.hands.deeds, func(d deed) bool { return d.hand == h })
		if done || h.round != round || request < h.request {
			continue
		}
		all, err := p.records([]string{h.name})
		if err != nil {
			continue // it is being written
		}
		held, ok := all[h.name].Staged[p.at(h.name, versionOf(p.first))]
		if ok && !held.Blocked && p.lend(registry, h, held.ID) {
			p.hands.deeds = append(p.hands.deeds, deed{h, len(p.journal.list())})
		}
	}
}

// lend does one thing by hand. It tells whether it could be done.
func (p *play) lend(registry http.Handler, h hand, id string) bool {
	world, method, path := p.world(), http.MethodPost, "/-/stage/"+id+"/approve"
	switch h.does {
	case block:
		home, version := p.onNpm(h.name, p.at(h.name, versionOf(p.first)))
		return world.Block(spec.Name(home), spec.Version(version)) == nil
	case reject:
		method, path = http.MethodDelete, "/-/stage/"+id
	}
	r, answer := httptest.NewRequest(method, path, http.NoBody), httptest.NewRecorder()
	r.Header.Set("Authorization", "Bearer "+world.Session().Reveal())
	r.Header.Set("npm-otp", world.OneTimePassword())
	registry.ServeHTTP(answer, r)
	return answer.Code/100 == 2
}
