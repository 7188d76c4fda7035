package observed

import (
	"context"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// StageReader lists the versions that wait for a human's approval, to a human: of one package, or by "" all that the human may see.
type StageReader interface {
	Stages(ctx context.Context, name spec.Name) ([]spec.Stage, error)
}

// askStages lists, once for all, what waits for approval of the packages whose releases are staged.
func (o Observer) askStages(ctx context.Context, queries []Query, packages []Package) {
	staged := false
	for _, q := range queries {
		staged = staged || q.Staged
	}
	if o.Stages == nil || !staged || ctx.Err() != nil {
		return
	}
	list, err := o.Stages.Stages(ctx, "")
	for i, q := range queries {
		if p := &packages[i]; q.Staged {
			p.StageErr = err
			p.setStages(q, list)
		}
	}
}

// setStages takes from the list what is staged of the package. Nothing follows from what is not in it: that was approved, rejected or
// never staged. A version that this run has approved may still be in it.
func (p *Package) setStages(q Query, list []spec.Stage) {
	at := q.place()
	for _, stage := range list {
		release, ours := at.release(stage.Version)
		switch {
		case stage.Name != at.onNpm() || !ours:
			continue
		case release != p.Version:
			stage.Version = release
			p.Beside = append(p.Beside, stage)
			continue
		case q.Accepted, p.State == Served, p.State == Conflict:
			continue
		}
		stage.Home = q.Home
		p.Stage, p.State = &stage, Staged
		if !stage.Approvable() {
			p.State = Validating.apply(stage.Status)
		}
		if p.Existence == Missing {
			p.Existence = Reserved // only versions of names that are taken are staged
		}
	}
}
