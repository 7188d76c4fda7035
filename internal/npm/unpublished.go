package npm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Unpublished returns when all versions of a package were removed, read past caches. The zero time means that it is no such
// package: it has versions, or never was there.
//
// npm tells it in a packument that has time.unpublished and no versions, sent with 200 or 404. That document may be large
// where the package is there: ask only about one that other reads do not find.
func (c *Client) Unpublished(ctx context.Context, name spec.Name) (time.Time, error) {
	k := call{operation: "reading the packument of", name: name, limit: maxManifest, path: name.Escaped()}
	a, err := c.get(ctx, k)
	absent := errors.Is(err, spec.ErrNotFound)
	switch {
	case absent && len(a.body) > maxRefusal: // what is cut off may be what is asked for
		return time.Time{}, fmt.Errorf("%s: %w", subject(k.operation, name, ""), errTooLarge)
	case err != nil && !absent:
		return time.Time{}, err
	}
	var packument struct {
		Time struct {
			Unpublished *struct {
				Time time.Time `json:"time"`
			} `json:"unpublished"`
		} `json:"time"`
		Versions map[string]struct{} `json:"versions"`
	}
	if err := a.decode(k, &packument); err != nil && !absent { // a 404 mostly comes with mere words
		return time.Time{}, err
	}
	gone := packument.Time.Unpublished
	switch {
	case gone == nil || len(packument.Versions) > 0:
		return time.Time{}, nil
	case gone.Time.IsZero():
		return time.Time{}, fmt.Errorf("%s: it was unpublished, and does not say when", subject(k.operation, name, ""))
	}
	return gone.Time, nil
}
