package npm

import (
	"bytes"
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
	k := call{operation: "reading the packument of", name: name, path: name.Escaped()}
	var a answer
	err := c.shown(ctx, k, func(with Credential) (err error) {
		k = k.by(with)
		a, err = c.get(ctx, k)
		return err
	})
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
		Versions anything `json:"versions"`
	}
	if err := a.decode(k, &packument); err != nil && !absent { // a 404 mostly comes with mere words
		return time.Time{}, err
	}
	gone := packument.Time.Unpublished
	switch {
	case gone == nil || bool(packument.Versions):
		return time.Time{}, nil
	case gone.Time.IsZero():
		return time.Time{}, fmt.Errorf("%s: it was unpublished, and does not say when", subject(k.operation, name, ""))
	}
	return gone.Time, nil
}

// anything tells whether a JSON object, of which nothing is kept, has a member.
type anything bool

// UnmarshalJSON takes an object, or null.
func (a *anything) UnmarshalJSON(data []byte) error {
	object, found := bytes.CutPrefix(data, []byte("{"))
	if !found && string(data) != "null" {
		return errors.New("versions is no object")
	}
	*a = anything(found && len(bytes.TrimSpace(object)) > 1)
	return nil
}
