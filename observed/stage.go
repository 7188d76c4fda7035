package observed

import (
	"context"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// StageReader lists the versions that wait for a human's approval, to a human: of one package, or by "" all that the human may see.
type StageReader interface {
	Stages(ctx context.Context, name spec.Name) ([]spec.Stage, error)
}

// Stages are the versions that wait for approval, as they were listed once.
type Stages struct {
	list []spec.Stage
	Err  error // why they could not be listed: then nothing is known of them, and nothing follows from what is not among them
}

// ListStages asks once for all packages, and keeps what is staged of these.
func ListStages(ctx context.Context, from StageReader, names []spec.Name) Stages {
	list, err := from.Stages(ctx, "")
	if err != nil {
		return Stages{Err: err}
	}
	return Stages{list: slices.DeleteFunc(slices.Clone(list), func(s spec.Stage) bool { return !slices.Contains(names, s.Name) })}
}

// Of returns a version that is staged. No word of one that is not says whether it was approved, rejected, or never staged.
func (s Stages) Of(name spec.Name, version spec.Version) (spec.Stage, bool) {
	i := slices.IndexFunc(s.list, func(one spec.Stage) bool { return one.Name == name && one.Version == version })
	if i < 0 {
		return spec.Stage{}, false
	}
	return s.list[i], true
}

// Beside returns what is staged of a package other than a version: leftovers, or the next release.
func (s Stages) Beside(name spec.Name, version spec.Version) []spec.Stage {
	var others []spec.Stage
	for _, one := range s.list {
		if one.Name == name && one.Version != version {
			others = append(others, one)
		}
	}
	return others
}

// Status is the registry's word on a version that is staged, and "" on all others: Stages is a StatusReader.
func (s Stages) Status(_ context.Context, name spec.Name, version spec.Version) spec.Status {
	switch one, staged := s.Of(name, version); {
	case !staged:
		return ""
	case one.Approvable():
		return spec.StatusStaged
	case one.Status.Known():
		return one.Status
	}
	return ""
}
