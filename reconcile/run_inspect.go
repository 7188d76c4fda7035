package reconcile

import (
	"context"
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Inspector judges artifacts before anything of their release is sent.
type Inspector interface {
	// Inspect reads the artifact and judges it. Its error says that there is none, or that it could not be read.
	Inspect(ctx context.Context, p Publication) (Inspection, error)
}

// Inspection is what is known of an artifact after it was read.
type Inspection struct {
	Defects []Defect
	Needs   Needs
}

// Defect is what a check has against an artifact.
type Defect struct {
	Check    string // its name in docs/artifacts.md
	Refused  bool   // the release must not be sent; else it is a warning
	Artifact string // path
	Message  string // what is wrong, about "it" or a file of it
	Next     string // what a person does about it
}

// finding is the defect as a report tells it.
func (d Defect) finding(p Package) Finding {
	f := Finding{
		Type: ArtifactWarning, Severity: Warning, Package: p.Name, Version: p.Version, Next: d.Next,
		Message: fmt.Sprintf("artifact %s of %s: %s (check %s)", d.Artifact, p.Name, d.Message, d.Check),
	}
	if d.Refused {
		f.Type, f.Severity = ArtifactRefused, Error
	}
	return f
}

// refusal returns the error that names the checks which refuse the artifact; nil where all defects are warnings.
func refusal(defects []Defect) error {
	var checks []string
	for _, d := range defects {
		if d.Refused && (len(checks) == 0 || checks[len(checks)-1] != d.Check) {
			checks = append(checks, d.Check)
		}
	}
	if len(checks) == 0 {
		return nil
	}
	if len(checks) == 1 {
		return fmt.Errorf("its artifact is refused: check %s", checks[0])
	}
	return fmt.Errorf("its artifact is refused: checks %s", strings.Join(checks, ", "))
}

// publication returns what would be published of a package, together with the version that its dist-tag points at now.
func (r *run) publication(p Package) Publication {
	tagged := r.snapshot[p.Name].DistTags[p.release.DistTag]
	if tagged.Placeholds(r.want.Placeholder) {
		tagged = "" // it is no release
	}
	return Publication{Package: p.declared, Release: *p.release, Tagged: tagged}
}

// inspectPlan judges the artifacts of what a plan would publish. It returns the plan with their needs and their defects in it.
func (r *run) inspectPlan(ctx context.Context, plan Plan) (Plan, error) {
	due := filter(plan.Packages(), func(p Package) bool {
		c, ok := p.change(p.upload())
		return ok && c.Actor == CI && p.InScope()
	})
	r.sideBySide(len(due), func(i int) {
		p := due[i]
		_, err := r.inspectOne(ctx, p)
		if err != nil && !interrupted(ctx, err) {
			r.progress(p.Name).addFinding(Finding{
				Type: ArtifactRefused, Severity: Error, Package: p.Name, Version: p.Version, Message: err.Error(),
				Next: "see to what is named, then plan again",
			})
		}
	})
	plan, err := r.withNeeds(ctx, plan)
	for _, p := range due {
		plan.Findings = append(plan.Findings, r.progress(p.Name).findings...)
	}
	plan.sort()
	plan.Summary = plan.summarize()
	return plan, err
}

// inspectOne reads and judges the artifact of a package, and keeps its needs and its defects.
func (r *run) inspectOne(ctx context.Context, p Package) (Inspection, error) {
	inspection, err := r.world.Inspector.Inspect(ctx, r.publication(p))
	progress := r.progress(p.Name)
	for _, d := range inspection.Defects {
		progress.addFinding(d.finding(p))
	}
	r.keepNeeds(p, inspection)
	return inspection, err
}

// readNeedsElsewhere reads what packages of other nodes need, where this node waits for them: else neither node would see a cycle that
// goes over both. An artifact that is not here, or is refused, tells nothing: it is for its own node to report.
func (r *run) readNeedsElsewhere(ctx context.Context, packages []Package) {
	if r.policy.Shard == nil {
		return
	}
	for ctx.Err() == nil {
		needed := map[spec.Name]bool{}
		for _, progress := range r.packages {
			for name := range progress.needs {
				needed[name] = true
			}
		}
		due := filter(packages, func(p Package) bool {
			return needed[p.Name] && !p.InScope() && !r.progress(p.Name).needsRead && r.snapshot[p.Name].State == observed.Absent
		})
		if len(due) == 0 {
			return
		}
		r.sideBySide(len(due), func(i int) {
			p := due[i]
			r.progress(p.Name).needsRead = true
			if inspection, err := r.world.Inspector.Inspect(ctx, r.publication(p)); err == nil && refusal(inspection.Defects) == nil {
				r.keepNeeds(p, inspection)
			}
		})
	}
}

// keepNeeds keeps what the artifact of a package needs of declared packages.
func (r *run) keepNeeds(p Package, inspection Inspection) {
	if needs := inspection.Needs.among(r.want.versions(), p.declared, *p.release); len(needs) > 0 {
		r.progress(p.Name).setNeeds(needs)
	}
}

// withNeeds observes and plans again when reading the artifacts has shown needs that the plan does not know.
func (r *run) withNeeds(ctx context.Context, plan Plan) (Plan, error) {
	needs := map[spec.Name]Needs{}
	for name, progress := range r.packages {
		if len(progress.needs) > 0 {
			needs[name] = progress.needs
		}
	}
	if len(needs) == len(r.want.Needs) {
		return plan, nil
	}
	r.want.Needs = needs
	return r.observe(ctx)
}
