package npm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// SetDistTag points a dist-tag at a version. spec.ErrRefused when the credential may not: npm answers 404 too then, and
// may refuse it to exchanged tokens.
func (c *Client) SetDistTag(
	ctx context.Context, name spec.Name, tag spec.DistTag, version spec.Version, with Credential,
) error {
	k := call{operation: "moving a dist-tag of", name: name, version: version, method: http.MethodPut,
		path:    "-/package/" + name.Escaped() + "/dist-tags/" + url.PathEscape(tag.String()),
		command: "dist-tag", token: with.token, meaning: meaningOfTagging}
	if err := named(k.operation, name); err != nil {
		return err
	}
	if tag == "" || version == "" || with.Empty() {
		return fmt.Errorf("%s: a tag, a version and a credential are needed", subject(k.operation, name, version))
	}
	body, err := json.Marshal(version.String())
	if err != nil {
		return err
	}
	k.body = body
	_, err = c.confirmed(ctx, c.calls, k)
	return err
}

func meaningOfTagging(a answer) Reason {
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return MayNotTag
	}
	return ""
}
