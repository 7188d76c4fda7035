package npm

import (
	"context"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Numbers returns which numbers a package has used, read past caches from its whole packument, as only that has the times. A
// package that is not there is spec.ErrNotFound.
//
// What decides that a version was removed: `time` names it and `versions` does not. Both stand in one document, so that neither
// can lag behind the other; and a version in its scan is in neither, as every read then answers as if it had never been
// published. (That removed versions keep their times: microsoft/OSSGadget#350.)
func (c *Client) Numbers(ctx context.Context, name spec.Name) (spec.Numbers, error) {
	found, err := c.shownPackument(ctx, "reading the numbers of", name, withTimes)
	if err != nil {
		return spec.Numbers{}, err
	}
	if len(found.versions) == 0 { // such a document tells of nothing that is there, so not of what is absent either
		return spec.Numbers{}, nil
	}
	there := map[spec.Version]bool{}
	for _, version := range found.versions {
		there[version] = true
	}
	removed := slices.DeleteFunc(found.times, func(v spec.Version) bool { return there[v] })
	return spec.Numbers{Served: found.versions, Removed: removed}, nil
}
