package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// next tells what to do about a condition that does not hold: what its first open change needs, else what the findings about the package
// say.
func (d Document) next(p reconcile.Package, c reconcile.Condition) []string {
	for _, change := range mending(p, c.Type) {
		if change.Outcome != reconcile.Done {
			return []string{strings.TrimSpace(d.remedy(p, change))}
		}
	}
	if c.Type == reconcile.Trusted && slices.Contains(d.nextAfterSeeds(), p.OnNpm()) {
		var b strings.Builder
		fmt.Fprintf(&b, "Next, by a human who may publish it, after npm login:\n  %s\n", d.Guide.apply("--only trust"))
		d.byHand(&b, []spec.Name{p.OnNpm()})
		return []string{strings.TrimSpace(b.String())}
	}
	var all []string
	for _, f := range d.Findings {
		if line := "Next: " + f.Next; f.Package == p.Name && f.Next != "" && !ofArtifact(f) && !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	return all
}

// ofArtifact tells whether the finding is about what would be published, and not about what is there.
func ofArtifact(f reconcile.Finding) bool {
	return f.Type == reconcile.ArtifactRefused || f.Type == reconcile.ArtifactWarning
}

// tagged returns the flag for the release of p.
func tagged(p reconcile.Package) string {
	if p.Tag == "" {
		return ""
	}
	return "--tag " + p.Tag
}

// remedy says who makes the change, and by which command.
func (d Document) remedy(p reconcile.Package, c reconcile.Change) string {
	if known := step(d.Guide, p, c); known != "" {
		return known
	}
	command := func(who, flags string) string { return fmt.Sprintf("Next, %s:\n  %s", who, d.Guide.apply(flags)) }
	switch {
	case c.Reason == reconcile.ReasonBlocked:
		return "Next: appeal to npm's support"
	case c.Barred(), c.Action == reconcile.Approve && keptBack(c):
		return "Next: see to what it waits for"
	case c.Action == reconcile.Approve:
		return command("by a human who may publish it, at a terminal", strings.TrimSpace("--only approve "+tagged(p))+d.Guide.DistTag)
	case c.Action == reconcile.Reject:
		return command("by a human who may publish it, at a terminal", "--only reject")
	case c.Reason == reconcile.ReasonNotPermitted:
		var b strings.Builder
		d.permit(&b, []spec.Name{p.OnNpm()})
		return b.String()
	case c.Action == reconcile.Wait:
		return "Next: only time helps; run it again"
	case c.Action == reconcile.Prove:
		return command("in CI", "--only prove")
	case d.Guide.Sandbox:
		return "Next:\n  " + strings.TrimSpace("facets-reconcile apply"+d.Guide.Staged+d.Guide.Flags)
	case c.Action == reconcile.Seed, c.Action == reconcile.Trust:
		return command("by a human who may publish it, after npm login", "--only seed,trust")
	case c.Action == reconcile.Settings:
		return command("by a human who may publish it, after npm login", "--only settings")
	case c.Action == reconcile.Deprecate:
		return command("by a human who may publish it, after npm login", "--only tag,deprecate")
	case p.Tag != "":
		return command("in the release pipeline of "+p.Tag, "--tag "+p.Tag+d.Guide.Staged+d.Guide.DistTag)
	}
	return "Next: run it again"
}
