package actor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Inspector judges artifacts by the rules. It needs no credentials.
type Inspector struct {
	Artifacts Artifacts
	Registry  ManifestReader   // nil: what is served is not compared
	Address   string           // the URL of the registry in use; "" where a rehearsal's stands in for it
	Direct    bool             // what is judged will be published, unless it is staged, by a token that the registry gives for an ID token
	Now       func() time.Time // nil: no line of Node is past its support
	Log       *slog.Logger     // nil: nothing is logged
	// Source is the repository that the provenance of a publication will state, given publishConfig of its package.json; "": it gets none.
	// nil: nothing does.
	Source func(ctx context.Context, what reconcile.Publication, publishConfig map[string]any) string
}

// Inspect returns what the rules have against the artifact of a publication. Its error says that there is none, or that it could
// not be read.
func (i Inspector) Inspect(ctx context.Context, what reconcile.Publication) (reconcile.Inspection, error) {
	_, inspection, err := i.inspect(ctx, what)
	return inspection, err
}

func (i Inspector) inspect(ctx context.Context, what reconcile.Publication) (*artifact.Artifact, reconcile.Inspection, error) {
	var inspection reconcile.Inspection
	path, err := i.Artifacts.Find(ctx, what)
	if err != nil {
		return nil, inspection, err
	}
	a, err := artifact.Open(ctx, path)
	if err != nil {
		return nil, inspection, fmt.Errorf("%s: %w", what.Name(), err)
	}
	want := i.wanted(what)
	want.Direct = i.Direct && !what.Release.Staged
	if i.Source != nil {
		want.Source = i.Source(ctx, what, a.Package().PublishConfig)
	}
	i.beside(ctx, path, what, &want)
	problems, err := rules.Check(ctx, a, want)
	if err != nil {
		return nil, inspection, err
	}
	for _, p := range problems {
		inspection.Defects = append(inspection.Defects, reconcile.Defect{
			Check: p.Rule, Refused: p.Refused, Artifact: path, Message: p.Message, Next: p.Next,
		})
	}
	inspection.Needs = needs(a.Package())
	return a, inspection, nil
}

// needs are what a package.json needs: it has the form of a manifest.
func needs(p *packagejson.Package) reconcile.Needs {
	var m spec.Manifest
	_ = json.Unmarshal(packagejson.TrimBOM(p.Raw), &m) // it was parsed before: other fields may be odd
	return reconcile.NeedsOf(m)
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
		Name: p.Name(), Version: p.Version(), Home: p.Package.Home, Platform: p.Package.Platform,
		Access: p.Package.Access, DistTag: p.DistTag(), Address: i.Address, Attested: p.Release.Provenance == desired.ProvenanceRequired,
		Binary:               p.Package.Role == desired.RolePlatform,
		OptionalDependencies: platforms(p, desired.UnderOptional), Dependencies: platforms(p, desired.UnderDependencies),
		PlatformPattern: p.Release.ListsPlatform, Members: members(p),
		Allow: rules.Allow(p.Package.Allowed),
	}
}
