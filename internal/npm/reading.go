package npm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// DistTags returns the dist-tags of a package, read past caches. A package that is not there, or whose versions are all
// unserved, is spec.ErrNotFound.
func (c *Client) DistTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error) {
	tags := map[spec.DistTag]spec.Version{}
	if err := c.read(ctx, call{operation: "reading the dist-tags of", name: name,
		path: "-/package/" + name.Escaped() + "/dist-tags"}, &tags); err != nil {
		return nil, err
	}
	return tags, nil
}

// Manifest returns what the registry says of one version, read past caches. Whatever is not there (the package, the
// version) or not served yet is spec.ErrNotFound.
func (c *Client) Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error) {
	var m spec.Manifest
	k := call{operation: "reading the manifest of", name: name, version: version, limit: maxManifest,
		path: name.Escaped() + "/" + url.PathEscape(version.String())}
	if version == "" {
		return m, errors.New(subject(k.operation, name, "") + ": no version is given")
	}
	if err := c.read(ctx, k, &m); err != nil {
		return spec.Manifest{}, err
	}
	if m.Name != name || m.Version != version {
		return spec.Manifest{}, fmt.Errorf("%s: the registry answered with %q@%q",
			subject(k.operation, name, version), m.Name, m.Version)
	}
	return m, nil
}

func (c *Client) read(ctx context.Context, k call, into any) error {
	if err := named(k.operation, k.name); err != nil {
		return err
	}
	k.method, k.query, k.token, k.meaning = http.MethodGet, fresh(), c.options.ReadToken, meaningOfRead
	a, err := c.ask(ctx, c.reads, k)
	if err != nil {
		return err
	}
	return a.decode(k, into)
}

// TarballExists tells whether the tarball that a manifest names can be had: nil if so, spec.ErrNotFound if not. It may
// lie on any host; only the registry's own gets Options.ReadToken.
func (c *Client) TarballExists(ctx context.Context, name spec.Name, tarball string) error {
	k := call{operation: "looking for the tarball of", name: name, meaning: meaningOfRead}
	failed := func(err error) error { return fmt.Errorf("%s: %w", subject(k.operation, name, ""), cause(err)) }
	u, err := url.Parse(tarball)
	if err != nil {
		return failed(err)
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return failed(fmt.Errorf("%q is no http or https URL", u.Redacted()))
	}
	if u.RawQuery == "" { // one that is there may be part of a signature
		u.RawQuery = fresh()
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

// probe asks whether u is there, for no more than a byte of it.
func (c *Client) probe(ctx context.Context, method string, u *url.URL) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("User-Agent", c.options.UserAgent)
	if method == http.MethodGet {
		req.Header.Set("Range", "bytes=0-0")
	}
	if !c.options.ReadToken.Empty() && sameOrigin(u, c.registry) {
		if err := c.authorize(req, c.options.ReadToken); err != nil {
			return answer{}, err
		}
	}
	return send(c.reads, req, nil, statusOnly)
}

// fresh is a query that no cache has seen, since registries cache their 404s too.
func fresh() string { return "fresh=" + rand.Text() }

func meaningOfRead(a answer) (string, error) {
	switch a.status {
	case http.StatusNotFound, http.StatusGone:
		return "", spec.ErrNotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		return "a registry that is not public needs a token in .npmrc", spec.ErrRefused
	}
	return "", nil
}
