package main

import (
	"os"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// glances is how often a log looks whether there is something to say. Nobody sees it.
const glances = 5 * time.Second

// progress shows a run on stderr: at a terminal, in a log, or to programs.
func (s *shared) progress(u *setup) func(reconcile.Event) {
	viewer, pace := s.viewer(u)
	show := live.Watch(viewer, live.Every(pace))
	return func(e reconcile.Event) {
		if e.Type != reconcile.Sending { // of which there are thousands
			u.log.Debug("progress", "event", e.Type, "action", e.Action, "package", e.Package, "count", e.Count)
		}
		show(e)
	}
}

func (s *shared) viewer(u *setup) (v live.Viewer, pace time.Duration) {
	screen, ok := s.io.err.(*live.Screen)
	switch {
	case s.logFormat == "json":
		return live.NewEvents(s.io.err, u.clock.Now), glances
	case ok && isTerminal(screen) && canDraw():
		return live.NewTerminal(screen, u.clock.Now, s.colour(screen)), live.Frames
	}
	return live.NewLog(s.io.err, u.clock.Now), glances
}

// canDraw tells whether a terminal can have lines changed in their place, and somebody looks at it: CI gives its jobs one too.
func canDraw() bool {
	return !slices.Contains([]string{"", "dumb"}, os.Getenv("TERM")) && os.Getenv("CI") == "" && os.Getenv("CIRCLECI") == ""
}
