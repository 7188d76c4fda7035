package main

import (
	"log/slog"
	"sync"

	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

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
					log.Warn(report.Plain(f.Message), "next", report.Plain(f.Next))
				}
			}
		})
	}
}
