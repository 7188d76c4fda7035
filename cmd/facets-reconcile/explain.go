package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// explain says why exchanges were refused, or never asked for, as doctor does: npm's own answer is the same for every cause. What holds for
// several packages is said once.
func (a *applying) explain(c *place.Connection, guide report.Guide, result reconcile.Result) {
	if c.Exchange == nil || len(guide.TrustedPublishers) == 0 {
		return
	}
	refused := c.Exchange.Refused()
	symptoms := doctor.Symptoms{
		Audience: c.Client.Audience(), Want: guide.TrustedPublishers, Now: c.Clock.Now(), Calling: calling(guide),
	}
	packages := map[string][]string{} // by the headline, a line of its own, and what is likely
	for _, p := range result.Packages() {
		refusal, ok := refused[p.OnNpm()]
		seeded, _ := p.Condition(reconcile.Seeded)
		if !ok || !p.InScope() || seeded.Status != reconcile.True {
			continue // what does not exist is said to be so, and has a next step of its own
		}
		var b strings.Builder
		b.WriteString(doctor.Headline(refusal.Err) + "\n")
		for i, cause := range symptoms.Explain(refusal.Err, refusal.Claims, true) {
			_, _ = fmt.Fprintf(&b, "  %d. %s\n     → %s\n", i+1, cause.What, cause.Next) // a Builder takes everything
		}
		if name := p.OnNpm().String(); !slices.Contains(packages[b.String()], name) {
			packages[b.String()] = append(packages[b.String()], name)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(packages)) {
		headline, causes, _ := strings.Cut(why, "\n")
		_, _ = fmt.Fprintf(a.io.err, "%s %s, most likely because\n%s",
			headline, reconcile.Enumerate(packages[why]), words.Plain(causes))
	}
}
