package actor

import (
	"context"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// precedents is of how many versions of a package the publisher is looked up: those that dist-tags point at, the highest first.
const precedents = 3

// Precedents looks up who published a package before, with nobody's approval.
type Precedents struct{ Registry *npm.Client }

// PublishedBy returns the provider whose ID token published one of the versions that the dist-tags point at; "": none of them.
func (p Precedents) PublishedBy(
	ctx context.Context, name spec.Name, tags map[spec.DistTag]spec.Version,
) (provider string, err error) {
	var versions []spec.Version
	for _, version := range tags {
		if !slices.Contains(versions, version) {
			versions = append(versions, version)
		}
	}
	slices.SortFunc(versions, func(a, b spec.Version) int { return b.Compare(a) })
	for _, version := range versions[:min(len(versions), precedents)] {
		manifest, err := p.Registry.Manifest(ctx, name, version)
		switch {
		case err != nil: // also one that is not shown though a dist-tag names it: who published that is not known
			return "", err
		case manifest.Standing() == spec.ByApprover: // whoever staged it may be allowed no more than that
		case manifest.Publisher != nil && manifest.Publisher.TrustedPublisher != nil:
			return manifest.Publisher.TrustedPublisher.ID, nil
		}
	}
	return "", nil
}
