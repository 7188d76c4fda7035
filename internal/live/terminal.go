package live

import (
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Frames is how often a Terminal is to be ticked: often enough to look alive, too seldom to flicker.
const Frames = 125 * time.Millisecond

// Terminal shows a run at a terminal: what is done scrolls by, and below stands a line for each package under way.
type Terminal struct {
	screen *Screen
	now    func() time.Time
	colour bool

	mu    sync.Mutex
	board Board
	above []reconcile.Event // that are to scroll by with the next frame
}

// NewTerminal returns a viewer that draws on the screen while a run lasts.
func NewTerminal(screen *Screen, now func() time.Time, colour bool) *Terminal {
	return &Terminal{screen: screen, now: now, colour: colour}
}

// Take records the event, and draws when the run begins and ends. The last picture stays on the terminal.
func (t *Terminal) Take(e reconcile.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.board.Take(e, t.now())
	switch e.Type {
	case reconcile.Finished, reconcile.NowServed, reconcile.Noted:
		t.above = append(t.above, e)
	case reconcile.Begun:
		t.draw()
	case reconcile.Ended:
		t.screen.Flush() // nothing is under way any more, and the last picture is to be seen
		t.draw()
		t.screen.Keep()
	}
}

// Tick draws what has changed.
func (t *Terminal) Tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.draw()
}

func (t *Terminal) draw() {
	events := t.above
	t.above = nil
	t.screen.Draw(func(size Size) (above, lines []string) {
		for _, e := range events {
			if line := scrolledLine(e, size.Width-1, painter{t.colour}); line != "" {
				above = append(above, line)
			}
		}
		return above, t.board.Frame(size, t.now(), t.colour)
	})
}
