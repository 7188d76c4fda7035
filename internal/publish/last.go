package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// last is the last look before a version is sent, in whatever way: plans are minutes old by then.
type last struct {
	registry    *npm.Client
	credentials Credentials
	doing, do   string // the way, in words: "publishing", "publish"
}

// look gets the credential, and leaves out the access where the package is there. Its errors say that nothing is to be sent.
func (l last) look(ctx context.Context, p *npm.Publication) (npm.Credential, error) {
	credential, err := credentialOf(ctx, l.credentials, p.Name)
	if err != nil {
		return npm.Credential{}, err
	}
	doing := fmt.Sprintf("%s %s@%s", l.doing, p.Name, p.Version)
	current, err := Higher(ctx, l.registry, p.Home, p.Name, p.DistTag, p.Version)
	switch {
	case err != nil:
		return npm.Credential{}, fmt.Errorf("%s: %w", doing, err)
	case current != "":
		return npm.Credential{}, fmt.Errorf("%s: %s has come to point at %s, so %w: run with --dist-tag NAME to %s it below",
			doing, p.DistTag, current, reconcile.ErrDowngrade, l.do)
	}
	if p.Access != "" {
		taken, err := Taken(ctx, l.registry, p.Name, credential)
		switch {
		case err != nil:
			return npm.Credential{}, err
		case taken:
			p.Access = ""
		}
	}
	return credential, nil
}

// credentialOf tells what another try may mend from what it will not.
func credentialOf(ctx context.Context, credentials Credentials, name spec.Name) (npm.Credential, error) {
	credential, err := credentials.For(ctx, name)
	if err != nil && (npm.Passing(err) || idtoken.Passing(err)) {
		err = fmt.Errorf("%w: %w", reconcile.ErrNotSent, err)
	}
	return credential, err
}

// Higher returns where the dist-tag points, if that is above version. Where it cannot be told, nothing is to be sent.
func Higher(
	ctx context.Context, registry *npm.Client, home spec.Home, name spec.Name, tag spec.DistTag, version spec.Version,
) (spec.Version, error) {
	tags, err := registry.DistTags(ctx, name)
	switch current := tags[tag]; {
	case errors.Is(err, spec.ErrNotFound): // nothing of the package is there yet
		return "", nil
	case err != nil:
		return "", fmt.Errorf("%w, as its dist-tags could not be read: %w", reconcile.ErrNotSent, err)
	case current != "" && home.Compare(current, version) > 0:
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
