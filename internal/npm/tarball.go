package npm

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// TarballExists tells whether the tarball that a manifest names can be had: nil if so, spec.ErrNotFound if not. It may
// lie on any host; only the registry's own gets Options.ReadToken.
func (c *Client) TarballExists(ctx context.Context, name spec.Name, tarball string) error {
	k := call{operation: "looking for the tarball of", name: name, token: c.options.ReadToken, meaning: meaningOfRead}
	failed := func(err error) error { return fmt.Errorf("%s: %w", subject(k.operation, name, ""), k.cause(err)) }
	u, err := tarballURL(tarball)
	if err != nil {
		return failed(err)
	}
	a, err := c.probe(ctx, http.MethodHead, u)
	if err == nil && (a.status == http.StatusMethodNotAllowed || a.status == http.StatusNotImplemented) {
		a, err = c.probe(ctx, http.MethodGet, u)
	}
	switch {
	case err != nil:
		return failed(err)
	case !a.success():
		return k.refusal(a)
	}
	return nil
}

// Tarball downloads the tarball that a manifest names, which may lie on any host, as for TarballExists. The caller closes
// it. It is not asked for again when it breaks off; ctx bounds its time.
func (c *Client) Tarball(ctx context.Context, name spec.Name, tarball string) (io.ReadCloser, error) {
	k := call{operation: "downloading the tarball of", name: name, token: c.options.ReadToken, meaning: meaningOfRead}
	failed := func(err error) error { return fmt.Errorf("%s: %w", subject(k.operation, name, ""), k.cause(err)) }
	u, err := tarballURL(tarball)
	if err != nil {
		return nil, failed(err)
	}
	req, err := c.forTarball(ctx, http.MethodGet, u)
	if err != nil {
		return nil, failed(err)
	}
	resp, err := c.downloads.Do(req)
	if err != nil {
		return nil, failed(err)
	}
	if resp.StatusCode != http.StatusOK {
		a, err := take(resp, maxRefusal)
		if err != nil {
			return nil, failed(err)
		}
		return nil, k.refusal(a)
	}
	return resp.Body, nil
}

func tarballURL(tarball string) (*url.URL, error) {
	u, err := url.Parse(tarball)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("%q is no http or https URL", u.Redacted())
	}
	if u.RawQuery == "" { // one that is there may be part of a signature
		u.RawQuery = fresh()
	}
	return u, nil
}

// probe asks whether u is there, for no more than a byte of it.
func (c *Client) probe(ctx context.Context, method string, u *url.URL) (answer, error) {
	req, err := c.forTarball(ctx, method, u)
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodGet {
		req.Header.Set("Range", "bytes=0-0")
	}
	return send(c.reads, req, nil, statusOnly)
}

// forTarball makes a request that takes a token to the registry's own origin only.
func (c *Client) forTarball(ctx context.Context, method string, u *url.URL) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.options.UserAgent)
	if !c.options.ReadToken.Empty() && sameOrigin(u, c.registry) {
		return req, c.authorize(req, c.options.ReadToken)
	}
	return req, nil
}
