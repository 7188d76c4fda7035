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
	k := distTagsCall(name)
	var tags map[spec.DistTag]spec.Version
	err := c.shown(ctx, k, func(with Credential) (err error) {
		tags, err = c.distTags(ctx, k.by(with))
		return err
	})
	return tags, err
}

func distTagsCall(name spec.Name) call {
	return call{operation: "reading the dist-tags of", name: name, limit: maxSmall, path: "-/package/" + name.Escaped() + "/dist-tags"}
}

func (c *Client) distTags(ctx context.Context, k call) (map[spec.DistTag]spec.Version, error) {
	tags := map[spec.DistTag]spec.Version{}
	if err := c.read(ctx, k, &tags); err != nil {
		return nil, err
	}
	for tag, version := range tags {
		if len(tag) > maxTag || len(version) > maxMessage {
			return nil, fmt.Errorf("reading the dist-tags of %s: the registry's answer is not what it should be: %.40q… at %.40q…",
				k.name, tag, version)
		}
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
	if err := c.shown(ctx, k, func(with Credential) error {
		m = spec.Manifest{}
		return c.read(ctx, k.by(with), &m)
	}); err != nil {
		return spec.Manifest{}, err
	}
	if m.Name == "" && m.Version == "" {
		return spec.Manifest{}, fmt.Errorf("%s: the registry answered with JSON that is no manifest",
			subject(k.operation, name, version))
	}
	if m.Name != name || m.Version != version {
		return spec.Manifest{}, fmt.Errorf("%s: the registry answered with %.*q@%.*q",
			subject(k.operation, name, version), maxMessage, m.Name, maxMessage, m.Version)
	}
	if size(m) > maxSmall { // it would be held as long as the program runs
		return spec.Manifest{}, fmt.Errorf("%s: %w: its lists and texts have more than %d KiB",
			subject(k.operation, name, version), errTooLarge, maxSmall>>10)
	}
	return m, nil
}

// size is about what a manifest takes in memory, in bytes.
func size(m spec.Manifest) int {
	const header = 16 // of a string
	total := len(m.Description) + len(m.Deprecated) + len(m.GitHead) + len(m.Repository) +
		len(m.Dist.Integrity) + len(m.Dist.Shasum) + len(m.Dist.Tarball)
	for _, list := range [][]string{m.OS, m.CPU, m.Libc, m.Bundled, m.BundledOtherwise} {
		for _, element := range list {
			total += header + len(element)
		}
	}
	for _, named := range []map[string]string{m.OptionalDependencies, m.Dependencies, m.PeerDependencies, m.Bin} {
		for name, wanted := range named {
			total += 2*header + len(name) + len(wanted)
		}
	}
	for name := range m.PeerDependenciesMeta {
		total += header + len(name)
	}
	total += len(m.Dist.Attestations)
	if p := m.Publisher; p != nil {
		total += len(p.Name) + len(p.Approver)
		if p.TrustedPublisher != nil {
			total += len(p.TrustedPublisher.ID) + len(p.TrustedPublisher.Config)
		}
	}
	return total
}

// read asks, and decodes the answer. Answers are hardly ever large; one that is, is asked for again in its turn, so that
// concurrent reads do not add up.
func (c *Client) read(ctx context.Context, k call, into any) error {
	most := k.limit
	k.limit = maxSmall
	err := c.readAtOnce(ctx, k, into)
	if !errors.Is(err, errTooLarge) || most <= maxSmall {
		return err
	}
	select {
	case c.large <- struct{}{}:
		defer func() { <-c.large }()
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", subject(k.operation, k.name, k.version), context.Cause(ctx))
	}
	k.limit = most
	return c.readAtOnce(ctx, k, into)
}

func (c *Client) readAtOnce(ctx context.Context, k call, into any) error {
	a, err := c.get(ctx, k)
	if err != nil {
		return err
	}
	return a.decode(k, into)
}

func (c *Client) get(ctx context.Context, k call) (answer, error) {
	if err := named(k.operation, k.name); err != nil {
		return answer{}, err
	}
	k.method, k.query, k.meaning = http.MethodGet, fresh(), meaningOfRead(k.token)
	return c.ask(ctx, c.reads, k)
}

// fresh is a query that no cache has seen, since registries cache their 404s too.
func fresh() string { return "fresh=" + rand.Text() }

// meaningOfRead reads an answer to who has sent a token, or none.
func meaningOfRead(token spec.Secret) meaning {
	return func(a answer) Reason {
		switch a.status {
		case http.StatusNotFound, http.StatusGone:
			return NotFound
		case http.StatusUnauthorized, http.StatusForbidden:
			if token.Empty() {
				return LoginWanted
			}
			return MayNotRead
		}
		return ""
	}
}
