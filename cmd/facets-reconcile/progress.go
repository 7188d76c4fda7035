package main

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// progress writes a line to stderr for each thing that was done, and while waiting, for each look at the registry.
func (s *shared) progress(u *setup) func(reconcile.Event) {
	var mu sync.Mutex
	events := slog.New(slog.NewJSONHandler(s.io.err, nil))
	return func(e reconcile.Event) {
		line := describe(e)
		if line == "" {
			u.log.Debug("pass", "event", e.Type, "action", e.Action, "package", e.Package, "count", e.Count)
			return
		}
		if s.logFormat == "json" {
			events.Info(line, "event", e.Type, "action", e.Action, "package", e.Package, "version", e.Version, "outcome", e.Outcome)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		_, _ = fmt.Fprintln(s.io.err, report.Plain(line)) // a run does not end because nobody reads along
	}
}

func describe(e reconcile.Event) string {
	switch e.Type {
	case reconcile.Finished:
		what := string(e.Package)
		if e.Version != "" && e.Action != reconcile.Trust {
			what += "@" + string(e.Version)
		}
		line := fmt.Sprintf("%-8s %s: %s (%s)", e.Action, what, e.Outcome, e.Elapsed.Round(time.Millisecond))
		if e.Outcome == reconcile.Done && e.Action == reconcile.Publish && e.Message == "" {
			line = fmt.Sprintf("%-8s %s: accepted (%s)", e.Action, what, e.Elapsed.Round(time.Millisecond))
		}
		if e.Message != "" {
			line += ": " + e.Message
		}
		return line
	case reconcile.Waiting:
		return fmt.Sprintf("waiting  %s; %s so far, next look in %s",
			e.Message, e.Elapsed.Round(time.Second), e.Next.Round(100*time.Millisecond))
	}
	return ""
}
