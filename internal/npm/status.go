package npm

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// maxStatus is how many bytes of such an answer are read.
const maxStatus = 16 << 10

// Status returns the registry's own word on one version, to who may publish the package. "" means that it said none that is
// known, and nothing follows from that. An error wraps spec.ErrRefused where the credential may not ask, for this package or at
// all, spec.ErrUnsupported where the registry knows no such question, and spec.ErrNotFound for npm's 404, which means that there is no
// such version or that the credential has no access: it cannot be told which.
//
// It is asked once: whoever asks can do without.
func (c *Client) Status(ctx context.Context, name spec.Name, version spec.Version, with Credential) (spec.Status, error) {
	k := call{operation: "asking for the status of", name: name, version: version, method: http.MethodGet,
		path:  "-/package/" + name.Escaped() + "/version/" + url.PathEscape(version.String()) + "/status",
		query: fresh(), token: with.token, command: "view", limit: maxStatus, meaning: meaningOfStatus}
	if err := named(k.operation, name); err != nil {
		return "", err
	}
	if version == "" || with.Empty() || with.basic {
		return "", errors.New(subject(k.operation, name, version) + ": a version and a token are needed")
	}
	a, err := c.ask(ctx, c.once, k)
	if err != nil {
		return "", err
	}
	var said struct {
		Name    spec.Name    `json:"packageName"`
		Version spec.Version `json:"version"`
		Status  spec.Status  `json:"status"`
	}
	if err := a.decode(k, &said); err != nil {
		return "", err
	}
	other := said.Name != "" && said.Name != name || said.Version != "" && said.Version != version
	if other || !said.Status.Known() {
		return "", nil
	}
	return said.Status, nil
}

func meaningOfStatus(a answer) Reason {
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return Refused
	case http.StatusNotFound:
		if isHTML(string(a.body)) {
			return NoStatus
		}
		return NotFound
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return NoStatus
	}
	return ""
}
