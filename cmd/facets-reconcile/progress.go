package main

import (
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// glances is how often a log looks whether there is something to say. Nobody sees it.
const glances = 5 * time.Second

// progress shows a run on stderr: at a terminal, in a log, or to programs.
func (f *flags) progress(p *place.Place) func(reconcile.Event) {
	viewer, pace := f.viewer(p.Clock)
	show := live.Watch(viewer, live.Every(pace))
	return func(e reconcile.Event) {
		if e.Type != reconcile.Sending { // of which there are thousands
			p.Log.Debug("progress", "event", e.Type, "action", e.Action, "package", e.Package, "count", e.Count)
		}
		show(e)
	}
}

func (f *flags) viewer(clock reconcile.Clock) (v live.Viewer, pace time.Duration) {
	screen, ok := f.io.err.(*live.Screen)
	switch {
	case f.logFormat == "json":
		return live.NewEvents(f.io.err, clock.Now), glances
	case ok && isTerminal(screen) && canDraw():
		return live.NewTerminal(screen, clock.Now, f.colour(screen)), live.Frames
	}
	return live.NewLog(f.io.err, clock.Now), glances
}

// canDraw tells whether a terminal can have lines changed in their place, and somebody looks at it: CI gives its jobs one too.
func canDraw() bool {
	return !slices.Contains([]string{"", "dumb"}, os.Getenv("TERM")) && os.Getenv("CI") == "" && os.Getenv("CIRCLECI") == ""
}

// warned tells of the downgrades that a run is about to make before it makes them: afterwards its result has none to come.
func warned(log *slog.Logger, watch func(reconcile.Event)) func(reconcile.Event) {
	var once sync.Once
	return func(e reconcile.Event) {
		if watch != nil {
			watch(e)
		}
		if e.Type != reconcile.Observed || e.Plan == nil {
			return
		}
		once.Do(func() {
			for _, f := range e.Plan.Findings {
				if f.Type == reconcile.TrustDowngraded {
					log.Warn(words.Plain(f.Message), "next", words.Plain(f.Next))
				}
			}
		})
	}
}
