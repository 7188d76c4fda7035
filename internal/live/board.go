package live

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Board is what is known of a run and of each of its packages. It is not safe for concurrent use; each viewer has one, and a lock.
type Board struct {
	rows   []*row // in the plan's order
	byName map[spec.Name]*row
	began  time.Time
}

// Take records an event that happened now.
func (b *Board) Take(e reconcile.Event, now time.Time) {
	switch e.Type {
	case reconcile.Begun:
		*b = Board{began: now}
	case reconcile.Observed:
		if e.Plan == nil {
			return
		}
		for _, p := range e.Plan.Packages() {
			if p.InScope() {
				b.row(p.Name).update(p)
			}
		}
	case reconcile.Started:
		b.row(e.Package).begin(e, now)
	case reconcile.Sending:
		if r := b.row(e.Package); r.underWay() { // it may come late, after the upload has ended
			r.phase = sending
			r.upload.take(e.Sent, e.Size, now)
		}
	case reconcile.Finished:
		b.row(e.Package).end(e, now)
	case reconcile.NowServed:
		if r, ok := b.byName[e.Package]; ok {
			r.markServed()
		}
	case reconcile.Waiting:
		for _, r := range b.rows {
			r.waits = e.Waits[r.name]
		}
	}
}

func (b *Board) row(name spec.Name) *row {
	if r, ok := b.byName[name]; ok {
		return r
	}
	if b.byName == nil {
		b.byName = map[spec.Name]*row{}
	}
	r := &row{name: name, phase: settled}
	b.rows, b.byName[name] = append(b.rows, r), r
	return r
}

// Summary says how far the run is: "9 of 13 served, 3 scanning, 1 waiting for platforms; 4m10s".
func (b *Board) Summary(now time.Time) string { return b.summary(now, math.MaxInt) }

// summary is Summary, without the parts at its end that do not fit into so many columns.
func (b *Board) summary(now time.Time, columns int) string {
	parts := b.counts()
	for {
		text := strings.Join(parts, ", ") + "; " + span(now.Sub(b.began))
		if len(text) <= columns || len(parts) == 1 {
			return text
		}
		parts = parts[:len(parts)-1]
	}
}

func (b *Board) counts() []string {
	awaited, arrived, at := 0, 0, map[string]int{}
	for _, r := range b.rows {
		if r.awaited {
			awaited++
		}
		if r.phase == served {
			arrived++
		}
		at[r.word()]++
	}
	var parts []string
	if awaited > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d served", arrived, awaited))
	}
	words := []string{"failed", "in conflict", "in doubt", "left to a human", "uploading", reconcile.KindOf(reconcile.Publish).Doing}
	for _, k := range reconcile.Kinds() {
		if k.Doing != "" && !k.Uploads {
			words = append(words, k.Doing)
		}
	}
	for _, word := range append(words, "scanning", "waiting for platforms", "waiting", "to go") {
		if at[word] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", at[word], word))
		}
	}
	switch {
	case len(parts) > 0:
		return parts
	case len(b.rows) > 0:
		return []string{"nothing left to do"}
	}
	return []string{"looking at the registry"}
}

// word returns the word under which the summary counts the package; "": it is not counted.
func (r *row) word() string {
	switch r.phase {
	case sending, working:
		return r.doing()
	case stopped:
		return r.ending
	case doubted:
		return "in doubt"
	case scanning:
		return "scanning"
	case blocked:
		return "waiting for platforms"
	case idle:
		if r.waits != "" {
			return "waiting"
		}
		return "to go"
	}
	return ""
}
