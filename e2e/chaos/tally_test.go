package chaos_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// tally counts what was played.
type tally struct {
	schedules, broken map[string]int // by sort; by kind of fault
	besides           map[string]int // schedules, by what else was in them
	words             map[string]int // what the registry said of versions, by its status
	exits             map[int]int
	again             map[int]int    // schedules, by how many runs it took when nothing disturbed them any more
	kills             map[string]int // by place
	runs, requests    int
	simulated         time.Duration
}

func (t *tally) add(p *play) {
	if t.schedules == nil {
		*t = tally{schedules: map[string]int{}, broken: map[string]int{}, exits: map[int]int{}, again: map[int]int{}, kills: map[string]int{},
			besides: map[string]int{}, words: map[string]int{}}
	}
	for what, is := range map[string]bool{"status refused": p.mute, "restricted": p.restricted, "taken back": p.taken != nil} {
		if is {
			t.besides[what]++
		}
	}
	for _, name := range p.shapes {
		t.besides[name]++
	}
	for what, is := range map[string]bool{"access set": p.settings.access != "", "tokens set": p.settings.tokens != "",
		"versions deprecated": p.settings.warning.ranges != "", "a stranger trusted": p.settings.stranger} {
		if is {
			t.besides[what]++
		}
	}
	for _, d := range p.hands.list() {
		t.besides[d.does+" by hand"]++
	}
	for _, q := range p.journal.list() {
		if word := q.word(); word != "" {
			t.words[word]++
		}
	}
	t.schedules[string(p.sort)]++
	t.simulated += p.clock.Now().Sub(p.began)
	t.requests += len(p.journal.list())
	t.again[p.again]++
	for _, hit := range p.layer.Hits() {
		t.broken[string(hit.Fault.Kind)]++
	}
	for _, m := range p.machines {
		t.runs++
		if m.killed.Load() && !m.ends() {
			t.kills[string(m.kill.place)]++
		} else {
			t.exits[m.code]++
		}
	}
}

func (t *tally) String() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%d schedules (%s)\n", total(t.schedules), list(t.schedules))
	if len(t.besides)+len(t.words) > 0 {
		_, _ = fmt.Fprintf(&b, "of these: %s\nstatuses told: %s\n", list(t.besides), list(t.words))
	}
	_, _ = fmt.Fprintf(&b, "%d runs, %d requests, %.0f simulated hours\n", t.runs, t.requests, t.simulated.Hours())
	_, _ = fmt.Fprintf(&b, "%d killed (%s)\n", total(t.kills), list(t.kills))
	_, _ = fmt.Fprintf(&b, "exit codes: %s\n", list(t.exits))
	_, _ = fmt.Fprintf(&b, "runs from the end of all disturbance to convergence: %s\n", times(t.again))
	_, _ = fmt.Fprintf(&b, "%d requests broken (%s)", total(t.broken), list(t.broken))
	return b.String()
}

func total[K comparable](counts map[K]int) (sum int) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

// times writes "1 in 480, 2 in 20".
func times(counts map[int]int) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d in %d", key, counts[key]))
	}
	return strings.Join(parts, ", ")
}

func list[K int | string](counts map[K]int) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%v: %d", key, counts[key]))
	}
	return strings.Join(parts, ", ")
}
