package live

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// silence is how long a log may be silent: CI ends a job that writes nothing for long, by default after ten minutes.
const silence = time.Minute

// lines is a viewer that writes lines.
type lines struct {
	out io.Writer
	now func() time.Time

	mu       sync.Mutex
	board    Board
	lastLine time.Time
}

// Log shows a run as lines of a log, at least one a minute.
type Log struct{ lines }

// NewLog returns a log that is written to out, one line a Write.
func NewLog(out io.Writer, now func() time.Time) *Log { return &Log{lines{out: out, now: now}} }

// Take writes the event's line, if it has one.
func (l *Log) Take(e reconcile.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.board.Take(e, now)
	if e.Type == reconcile.Begun {
		l.lastLine = now
	}
	if line := Line(e); line != "" {
		l.say(line, now)
	}
}

// Tick writes a line for each change that has gone on for a minute without another line, such as a long upload.
func (l *Log) Tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, r := range l.board.overdue(now) {
		l.say(fmt.Sprintf("%-8s %s: %s", r.action, r.id(), r.state(now, full)), now)
	}
	if now.Sub(l.lastLine) >= silence {
		l.say("running  "+l.board.Summary(now), now)
	}
}

func (l *Log) say(line string, now time.Time) {
	l.lastLine = now
	_, _ = fmt.Fprintln(l.out, line) // a run must not fail because its display does
}

// overdue returns the rows whose change has gone on for long without a line. It assumes that the caller writes one now.
func (b *Board) overdue(now time.Time) []*row {
	var rows []*row
	for _, r := range b.rows {
		if r.underWay() && now.Sub(r.lastLine) >= silence {
			r.lastLine = now
			rows = append(rows, r)
		}
	}
	return rows
}
