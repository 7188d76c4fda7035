package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// nextAfterSeeds returns the packages that a run leaves without a trusted publisher, if it only seeds: CI cannot publish a name alone. It
// returns only what is known.
func (d Document) nextAfterSeeds() []spec.Name {
	var names []spec.Name
	if d.Kind != Result || !d.Guide.Seeding {
		return nil
	}
	for _, p := range d.packages() {
		seeded, _ := p.Condition(reconcile.Seeded)
		trusted, ok := p.Condition(reconcile.Trusted)
		made := slices.ContainsFunc(p.Changes, func(c reconcile.Change) bool {
			return c.Action == reconcile.Seed && c.Outcome == reconcile.Done
		})
		exists := seeded.Status == reconcile.True || made
		if ok && p.InScope() && exists && (trusted.Status == reconcile.False || made && trusted.Status != reconcile.True) {
			names = add(names, p.OnNpm())
		}
	}
	return names
}

// byHand says which values to enter on which pages, for people who do not let this program do it.
func (d Document) byHand(b *strings.Builder, names []spec.Name) {
	all := d.Guide.TrustedPublishers
	if len(names) == 0 || len(all) == 0 || d.Guide.AccessPage == nil {
		return
	}
	b.WriteString("or by hand, on each package's access page:\n")
	d.pages(b, names)
	for i, tp := range all {
		if len(all) == 1 {
			b.WriteString("these values:\n")
		} else {
			fmt.Fprintf(b, "these values, for trusted publisher %d of %d where it is missing:\n", i+1, len(all))
		}
		for _, field := range fields(tp) {
			fmt.Fprintf(b, "  %-23s %s\n", field[0], field[1])
		}
	}
}

func (d Document) pages(b *strings.Builder, names []spec.Name) {
	for _, name := range names {
		fmt.Fprintf(b, "  %s\n", d.Guide.AccessPage(name))
	}
}

// permit says what to change where the ID token was exchanged and the publish refused. There are two possible causes, and the registry
// does not tell which it is.
func (d Document) permit(b *strings.Builder, packages []spec.Name) {
	if len(packages) == 0 {
		return
	}
	refused, action, hint := "publish", "npm publish", "; npm's form preselects staging only"
	if d.stagesSome(packages) {
		refused, action, hint = "staging", "npm stage publish", ""
	}
	fmt.Fprintf(b, "Next, by a human who may publish these packages, as the ID token was exchanged and the %s refused:\n", refused)
	if d.Guide.AccessPage != nil {
		b.WriteString("on each package's access page\n")
		d.pages(b, packages)
	} else {
		fmt.Fprintf(b, "in the settings of %s\n", reconcile.Enumerate(names(packages, func(name spec.Name) spec.Name { return name })))
	}
	fmt.Fprintf(b, "  1. tick `%s` among the allowed actions of its trusted publisher%s\n"+
		"     (or, after npm login%s: %s)\n"+
		"  2. under publishing access, choose what lets a trusted publisher publish\n"+
		"then run the release's pipeline again.\n", action, hint, d.Guide.Login, d.Guide.apply("--only trust"))
}

// stagesSome tells whether it was the staging of these packages that was refused.
func (d Document) stagesSome(packages []spec.Name) bool {
	return slices.ContainsFunc(d.packages(), func(p reconcile.Package) bool {
		return slices.Contains(packages, p.OnNpm()) && slices.ContainsFunc(p.Changes, func(c reconcile.Change) bool {
			return c.Action == reconcile.Stage && c.Reason == reconcile.ReasonNotPermitted
		})
	})
}

// fields returns the values that npm's page asks for, each with its label there.
func fields(tp spec.TrustedPublisher) [][2]string {
	publishes, stages := slices.Contains(tp.Permissions, spec.PermissionPublish), slices.Contains(tp.Permissions, spec.PermissionStage)
	actions := "npm publish (tick it: npm's form preselects staging only)"
	switch {
	case publishes && stages:
		actions = "npm publish and npm stage publish (tick both: npm's form preselects staging only)"
	case stages:
		actions = "npm stage publish alone (npm's form preselects it)"
	}
	var all [][2]string
	if p, ok := providers.Of(tp.Type); ok {
		all = p.Fields(tp)
	}
	return append(all, [2]string{"Allowed actions", actions})
}
