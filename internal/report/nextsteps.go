package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// steps are the changes that are left for somebody else, by what that somebody has to do.
type steps struct {
	seed, trust []spec.Name // for a human with a session
	publish     []string    // git tags whose pipeline publishes
	tag         []string    // npm commands
}

// left collects what is left to do. Nothing is left of what the reader's own next call of the program does by itself.
func (d Document) left() steps {
	var s steps
	for _, g := range d.Groups {
		for _, p := range g.Packages {
			for _, c := range p.Changes {
				if c.Outcome == reconcile.Done {
					continue
				}
				switch {
				case c.Action == reconcile.Seed:
					s.seed = append(s.seed, p.Name)
				case c.Action == reconcile.Trust:
					s.trust = append(s.trust, p.Name)
				case c.Action == reconcile.Tag && c.Actor == reconcile.Human:
					s.tag = append(s.tag, fmt.Sprintf("npm dist-tag add %s@%s TAG", p.Name, p.Version))
				case c.Action == reconcile.Publish && c.Stranded() && !slices.Contains(s.publish, p.Tag):
					s.publish = append(s.publish, p.Tag)
				}
			}
		}
	}
	return s
}

// nextSteps tells what a human has to do, as the pages of npm and this program's own commands have it.
func (d Document) nextSteps(b *strings.Builder) {
	s := d.left()
	if d.Kind == Plan && d.Guide.Sandbox {
		return // one actor does it all
	}
	if len(s.seed)+len(s.trust) > 0 {
		fmt.Fprintf(b, "Next, by a human who may publish these packages:\n  npm login\n  %s apply --only seed,trust\n", d.Guide.Command)
	}
	if len(s.trust) > 0 && d.Guide.TrustedPublisher != nil && d.Guide.AccessPage != nil {
		b.WriteString("or by hand, on each package's access page:\n")
		for _, name := range s.trust {
			fmt.Fprintf(b, "  %s\n", d.Guide.AccessPage(name))
		}
		b.WriteString("these values:\n")
		for _, field := range fields(*d.Guide.TrustedPublisher) {
			fmt.Fprintf(b, "  %-23s %s\n", field[0], field[1])
		}
	}
	for _, tag := range s.publish {
		fmt.Fprintf(b, "Next, in CircleCI: the release pipeline of %s, which runs\n  %s apply --tag %s\n", tag, d.Guide.Command, tag)
	}
	for _, command := range s.tag {
		fmt.Fprintf(b, "Next, by a human:\n  %s\n", command)
	}
	if len(s.seed)+len(s.trust)+len(s.publish)+len(s.tag) > 0 {
		b.WriteString("\n")
	}
}

// fields are the values that npm's page asks for, under the names that it has for them.
func fields(tp spec.TrustedPublisher) [][2]string {
	field := func(label, claim string) [2]string {
		return [2]string{label, strings.Join(tp.Claims.Values(claim), ", ")}
	}
	return [][2]string{
		field("Organization ID", spec.ClaimOrganization),
		field("Project ID", spec.ClaimProject),
		field("Pipeline Definition ID", spec.ClaimPipelineDefinition),
		field("Context IDs", spec.ClaimContexts),
		field("VCS Origin", spec.ClaimVCSOrigin),
	}
}
