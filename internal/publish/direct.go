package publish

import (
	"context"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Direct publishes at once.
type Direct struct {
	Registry    *npm.Client
	Credentials Credentials
}

// Authorize gets the credential for the package, which for an ID token is the registry's own word that it may be published.
func (d Direct) Authorize(ctx context.Context, name spec.Name) error {
	_, err := credentialOf(ctx, d.Credentials, name)
	return err
}

// Publish refuses to move a dist-tag backwards. npm moves the dist-tag with the publish, under no condition, so it is looked up as late as
// can be: only a release that overtakes this one in between stays unseen.
func (d Direct) Publish(ctx context.Context, p npm.Publication) (spec.Integrity, error) {
	credential, err := last{d.Registry, d.Credentials, "publishing", "publish"}.look(ctx, &p)
	if err != nil {
		return "", err
	}
	return p.Integrity, d.Registry.Publish(ctx, p, credential)
}
