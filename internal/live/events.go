package live

import (
	"encoding/json"
	"io"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Schema is the version of Record. It changes when a field is removed or gets another meaning. Fields and events may be added without
// changing it.
const Schema = 1

// Working is the event of a change that has gone on for long without another event. The run does not send it; the viewer makes it.
const Working reconcile.EventType = "working"

// sendings is how often the progress of an upload is written at most.
const sendings = 10 * time.Second

// Record is an event as JSON. Fields that do not apply are left out, and of numbers 0, except of bytes. docs/events.md describes it.
type Record struct {
	Schema  int                 `json:"schema"`
	Time    string              `json:"time"` // RFC 3339, UTC, with milliseconds
	Event   reconcile.EventType `json:"event"`
	Action  reconcile.Action    `json:"action,omitempty"`
	Package spec.Name           `json:"package,omitempty"`
	Version spec.Version        `json:"version,omitempty"`
	Outcome reconcile.Outcome   `json:"outcome,omitempty"`
	Message string              `json:"message,omitempty"`
	Count   int                 `json:"count,omitempty"`
	Bytes   *int64              `json:"bytes,omitempty"`   // of the tarball, sent
	Total   *int64              `json:"total,omitempty"`   // bytes of the tarball
	Elapsed float64             `json:"elapsed,omitempty"` // seconds
	Next    float64             `json:"next,omitempty"`    // seconds
}

// Events shows a run to programs: a Record a line, at least one a minute.
type Events struct{ lines }

// NewEvents returns a viewer that writes records to out, one a Write.
func NewEvents(out io.Writer, now func() time.Time) *Events {
	return &Events{lines{out: out, now: now}}
}

// Take writes the event. Of an upload only its first and last are written, and what comes at least ten seconds after another.
func (v *Events) Take(e reconcile.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	v.board.Take(e, now)
	switch e.Type {
	case reconcile.Sending:
		r := v.board.row(e.Package)
		if !r.underWay() || 0 < e.Sent && e.Sent < e.Size && now.Sub(r.lastLine) < sendings {
			return
		}
		r.lastLine = now
	case reconcile.Observed:
		e.Message = v.board.Summary(now)
	}
	v.say(e, now)
}

// Tick writes a record for each change that has gone on for a minute without another record.
func (v *Events) Tick() {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	for _, r := range v.board.overdue(now) {
		v.say(r.event(now), now)
	}
	if now.Sub(v.lastLine) >= silence {
		v.say(reconcile.Event{Type: Working, Message: v.board.Summary(now), Elapsed: now.Sub(v.board.began)}, now)
	}
}

// event returns the event of the change under way.
func (r *row) event(now time.Time) reconcile.Event {
	e := reconcile.Event{Type: Working, Action: r.action, Package: r.name, Version: r.what, Elapsed: now.Sub(r.since)}
	if r.phase == sending {
		e.Type, e.Sent, e.Size = reconcile.Sending, r.upload.sent, r.upload.size
	}
	return e
}

func (v *Events) say(e reconcile.Event, now time.Time) {
	v.lastLine = now
	record := Record{
		Schema: Schema, Time: now.UTC().Format("2006-01-02T15:04:05.000Z"), Event: e.Type, Action: e.Action, Package: e.Package,
		Version: e.Version, Outcome: e.Outcome, Message: e.Message, Count: e.Count,
		Elapsed: seconds(e.Elapsed), Next: seconds(e.Next),
	}
	if e.Type == reconcile.Sending {
		record.Bytes, record.Total = &e.Sent, &e.Size
	}
	line, err := json.Marshal(record)
	if err != nil {
		return // a record of texts and numbers has no such error
	}
	_, _ = v.out.Write(append(line, '\n')) // a run must not fail because its display does
}

// seconds are rounded to milliseconds.
func seconds(d time.Duration) float64 {
	return float64(d.Round(time.Millisecond).Milliseconds()) / 1000
}
