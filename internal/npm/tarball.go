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
// lie on any host; only the registry's own origin gets a credential.
func (c *Client) TarballExists(ctx context.Context, name spec.Name, tarball string) error {
	k := call{operation: "looking for the tarball of", name: name}
	return c.tarball(ctx, k, tarball, func(u *url.URL, with Credential) error {
		k := k.by(with)
		a, err := c.probe(ctx, http.MethodHead, u, with)
		if err == nil && (a.status == http.StatusMethodNotAllowed || a.status == http.StatusNotImplemented) {
			a, err = c.probe(ctx, http.MethodGet, u, with)
		}
		switch {
		case err != nil:
			return k.failed(err)
		case !a.success():
			k.meaning = meaningOfRead(with.token)
			return c.refusal(k, a)
		}
		return nil
	})
}

// Tarball downloads the tarball that a manifest names, which may lie on any host, as for TarballExists. The caller closes
// it. It is not asked for again when it breaks off; ctx bounds its time.
func (c *Client) Tarball(ctx context.Context, name spec.Name, tarball string) (body io.ReadCloser, err error) {
	k := call{operation: "downloading the tarball of", name: name}
	err = c.tarball(ctx, k, tarball, func(u *url.URL, with Credential) (err error) {
		body, err = c.download(ctx, k.by(with), u, with)
		return err
	})
	return body, err
}

func (c *Client) download(ctx context.Context, k call, u *url.URL, with Credential) (io.ReadCloser, error) {
	req, err := c.forTarball(ctx, http.MethodGet, u, with)
	if err != nil {
		return nil, k.failed(err)
	}
	k.meaning = meaningOfRead(with.token)
	return c.stream(k, req)
}

// stream sends a request once, and returns the body of the answer, which the caller closes.
func (c *Client) stream(k call, req *http.Request) (io.ReadCloser, error) {
	resp, err := c.downloads.Do(req)
	if err != nil {
		return nil, k.failed(err)
	}
	if resp.StatusCode != http.StatusOK {
		a, err := take(resp, maxRefusal)
		if err != nil {
			return nil, k.failed(err)
		}
		return nil, c.refusal(k, a)
	}
	return resp.Body, nil
}

// tarball asks for a tarball as its package is read. Off the registry's origin, and beside what the credentials are for, it is
// asked for without one: such addresses carry their permission in themselves.
func (c *Client) tarball(ctx context.Context, k call, tarball string, ask func(*url.URL, Credential) error) error {
	u, err := tarballURL(tarball)
	if err != nil {
		return k.failed(err)
	}
	if !sameOrigin(u, c.registry) || c.options.Covers != nil && !c.options.Covers(u) {
		return ask(u, Credential{})
	}
	return c.shown(ctx, k, func(with Credential) error { return ask(u, with) })
}

func (k call) failed(err error) error {
	return fmt.Errorf("%s: %w", subject(k.operation, k.name, k.version), k.cause(err))
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
func (c *Client) probe(ctx context.Context, method string, u *url.URL, with Credential) (answer, error) {
	req, err := c.forTarball(ctx, method, u, with)
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodGet {
		req.Header.Set("Range", "bytes=0-0")
	}
	return send(c.reads, req, nil, statusOnly)
}

// forTarball makes a request with a credential, or none.
func (c *Client) forTarball(ctx context.Context, method string, u *url.URL, with Credential) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.options.UserAgent)
	if with.Empty() {
		return req, nil
	}
	return req, c.authorize(req, with)
}
