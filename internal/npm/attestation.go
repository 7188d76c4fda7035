package npm

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Provenance returns the bundle that says where a version was built, read past caches. The registry also attests that it has published the
// version; that is left out. A version without provenance is spec.ErrNotFound.
func (c *Client) Provenance(ctx context.Context, name spec.Name, version spec.Version) ([]byte, error) {
	k := call{operation: "reading the provenance of", name: name, version: version, limit: maxAnswer,
		path: "-/npm/v1/attestations/" + name.Escaped() + "@" + url.PathEscape(version.String())}
	if version == "" {
		return nil, errors.New(subject(k.operation, name, "") + ": no version is given")
	}
	var served struct {
		Attestations []struct {
			PredicateType string          `json:"predicateType"`
			Bundle        json.RawMessage `json:"bundle"`
		} `json:"attestations"`
	}
	err := c.shown(ctx, k, func(with Credential) error {
		return c.read(ctx, k.by(with), &served)
	})
	if err != nil {
		return nil, err
	}
	for _, a := range served.Attestations {
		if strings.HasPrefix(a.PredicateType, "https://slsa.dev/provenance/") {
			return a.Bundle, nil
		}
	}
	return nil, c.unasked(k, NotFound, "the registry has no provenance of it")
}

// Public tells whether everybody may read a package, by the registry's word (npm's libnpmaccess asks the same). A package that is not
// there, or not shown to this credential, is spec.ErrNotFound.
func (c *Client) Public(ctx context.Context, name spec.Name, with Credential) (bool, error) {
	if c.Access(name) == spec.AccessPublic { // everybody was shown it
		return true, nil
	}
	k := call{operation: "asking who may read", name: name, limit: maxSmall, path: "-/package/" + name.Escaped() + "/visibility"}
	var said struct {
		Public bool `json:"public"`
	}
	err := c.read(ctx, k.by(with), &said)
	return said.Public, err
}
