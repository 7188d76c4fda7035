package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// explain says why exchanges were refused, as doctor does: npm's own answer is the same for every cause. What holds for
// several packages is said once.
func (a *applying) explain(u *setup, exchange *actor.Exchange, result reconcile.Result) {
	if exchange == nil || u.want.TrustedPublisher == nil {
		return
	}
	refused := exchange.Refused()
	packages := map[string][]string{} // by what is likely
	for _, p := range result.Packages() {
		refusal, ok := refused[p.Name]
		seeded, _ := p.Condition(reconcile.Seeded)
		if !ok || !p.Asked() || seeded.Status != reconcile.True {
			continue // what does not exist is said to be so, and has a next step of its own
		}
		var b strings.Builder
		for i, cause := range doctor.Explain(refusal.Err, refusal.Claims, *u.want.TrustedPublisher, u.clock.Now(), true) {
			_, _ = fmt.Fprintf(&b, "  %d. %s\n     → %s\n", i+1, cause.What, cause.Next) // a Builder takes everything
		}
		packages[b.String()] = append(packages[b.String()], p.Name.String())
	}
	for _, causes := range slices.Sorted(maps.Keys(packages)) {
		_, _ = fmt.Fprintf(a.io.err, "the ID token was refused for %s, most likely because\n%s",
			reconcile.Enumerate(packages[causes]), report.Plain(causes))
	}
}
