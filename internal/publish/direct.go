package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
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
func (d Direct) Publish(ctx context.Context, v Version) (spec.Integrity, error) {
	credential, err := d.credential(ctx, v.Package.Name)
	if err != nil {
		return "", err
	}
	doing := fmt.Sprintf("publishing %s@%s", v.Package.Name, v.Version)
	current, err := Higher(ctx, d.Registry, v.Package.Name, v.DistTag, v.Version)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %w", doing, err)
	case current != "":
		return "", fmt.Errorf("%s: %s has come to point at %s, so %w: run with --dist-tag NAME to publish it below",
			doing, v.DistTag, current, reconcile.ErrDowngrade)
	}
	var access spec.Access
	if v.First {
		if access, _, err = FirstAccess(ctx, d.Registry, v.Package, credential); err != nil {
			return "", err
		}
	}
	return v.Tarball.Integrity, Send(ctx, d.Registry, v, access, credential)
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

// FirstAccess is what the publish of a name says that nobody has been shown so far. A registry takes what a publish says for an
// order, also for a package that is there: a restricted one would become public. So it is looked for once more, with the
// credential that would publish; taken means that it is there, and that nothing is to be said.
func FirstAccess(
	ctx context.Context, registry *npm.Client, p desired.Package, with npm.Credential,
) (access spec.Access, taken bool, err error) {
	taken, err = registry.Taken(ctx, p.Name, with)
	switch {
	case err != nil:
		return "", false, fmt.Errorf("publishing %s: %w, as it could not be made sure that the name is new: %w",
			p.Name, reconcile.ErrNotSent, err)
	case taken:
		return "", true, nil
	}
	return cmp.Or(p.Access, spec.AccessPublic), false, nil
}
