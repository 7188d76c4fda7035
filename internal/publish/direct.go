package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Direct publishes at once.
type Direct struct {
	Registry    *npm.Client
	Credentials Credentials
}

// Authorize gets the credential for the package, which for an ID token is the registry's own word that it may be published.
func (d Direct) Authorize(ctx context.Context, name spec.Name) error {
	_, err := d.credential(ctx, name)
	return err
}

// credential tells what another try may mend from what it will not.
func (d Direct) credential(ctx context.Context, name spec.Name) (npm.Credential, error) {
	credential, err := d.Credentials.For(ctx, name)
	if err != nil && npm.Passing(err) {
		err = fmt.Errorf("%w: %w", reconcile.ErrNotSent, err)
	}
	return credential, err
}

// Publish refuses to move a dist-tag backwards. npm moves the dist-tag with the publish, under no condition, so it is looked up as late as
// can be: only a release that overtakes this one in between stays unseen.
func (d Direct) Publish(ctx context.Context, p npm.Publication) (spec.Integrity, error) {
	credential, err := d.credential(ctx, p.Name)
	if err != nil {
		return "", err
	}
	doing := fmt.Sprintf("publishing %s@%s", p.Name, p.Version)
	current, err := Higher(ctx, d.Registry, p.Name, p.DistTag, p.Version)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %w", doing, err)
	case current != "":
		return "", fmt.Errorf("%s: %s has come to point at %s, so %w: run with --dist-tag NAME to publish it below",
			doing, p.DistTag, current, reconcile.ErrDowngrade)
	}
	if p.Access != "" {
		taken, err := Taken(ctx, d.Registry, p.Name, credential)
		switch {
		case err != nil:
			return "", err
		case taken:
			p.Access = ""
		}
	}
	return p.Integrity, d.Registry.Publish(ctx, p, credential)
}

// Higher returns where the dist-tag points, if that is above version. Where it cannot be told, nothing is to be sent.
func Higher(
	ctx context.Context, registry *npm.Client, name spec.Name, tag spec.DistTag, version spec.Version,
) (spec.Version, error) {
	tags, err := registry.DistTags(ctx, name)
	switch current := tags[tag]; {
	case errors.Is(err, spec.ErrNotFound): // nothing of the package is there yet
		return "", nil
	case err != nil:
		return "", fmt.Errorf("%w, as its dist-tags could not be read: %w", reconcile.ErrNotSent, err)
	case current.Compare(version) > 0:
		return current, nil
	}
	return "", nil
}

// FirstAccess is what the first publish of a name says, unless the state file wants another access.
func FirstAccess(wanted spec.Access) spec.Access { return cmp.Or(wanted, spec.AccessPublic) }

// Taken tells whether a package is there that nobody has been shown so far. A registry takes the access that a publish says for an order,
// also for a package that is there: a restricted one would become public. So it is looked for once more, with the credential that would
// publish; where it is there, no access is to be said.
func Taken(ctx context.Context, registry *npm.Client, name spec.Name, with npm.Credential) (bool, error) {
	taken, err := registry.Taken(ctx, name, with)
	if err != nil {
		return false, fmt.Errorf("publishing %s: %w, as it could not be made sure that the name is new: %w", name, reconcile.ErrNotSent, err)
	}
	return taken, nil
}
