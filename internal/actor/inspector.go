package actor

import (
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Inspector judges artifacts by the rules. It needs no credentials, and asks no registry.
type Inspector struct {
	Artifacts Artifacts
	Registry  string // the URL of the one in use; "" where a rehearsal's stands in for it
}

// Inspect returns what the rules have against the artifact of a publication. Its error says that there is none, or that it could
// not be read.
func (i Inspector) Inspect(ctx context.Context, what reconcile.Publication) ([]reconcile.Defect, error) {
	_, defects, err := i.inspect(ctx, what)
	return defects, err
}

func (i Inspector) inspect(ctx context.Context, what reconcile.Publication) (*artifact.Artifact, []reconcile.Defect, error) {
	path, err := i.Artifacts.Find(ctx, what)
	if err != nil {
		return nil, nil, err
	}
	a, err := artifact.Open(ctx, path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", what.Package.Name, err)
	}
	problems, err := rules.Check(ctx, a, i.wanted(what))
	if err != nil {
		return nil, nil, err
	}
	var defects []reconcile.Defect
	for _, p := range problems {
		defects = append(defects, reconcile.Defect{Check: p.Rule, Refused: p.Refused, Artifact: path, Message: p.Message, Next: p.Next})
	}
	return a, defects, nil
}

// refusal joins the defects that keep an artifact from being published; nil where there are none.
func refusal(a *artifact.Artifact, defects []reconcile.Defect) error {
	var errs []error
	for _, d := range defects {
		if d.Refused {
			errs = append(errs, fmt.Errorf("artifact %s of %s: %s; %s", a.Path(), a.Name(), d.Message, d.Next))
		}
	}
	return errors.Join(errs...)
}

// wanted is what the artifact of a publication has to be.
func (i Inspector) wanted(p reconcile.Publication) rules.Want {
	return rules.Want{
		Name: p.Package.Name, Version: p.Release.Version, Platform: p.Package.Platform,
		Access: p.Package.Access, DistTag: p.Release.DistTag, Registry: i.Registry,
		Binary:               p.Package.Role == desired.RolePlatform,
		OptionalDependencies: platforms(p), PlatformPattern: p.Release.PlatformName,
	}
}
