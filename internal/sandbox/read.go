package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// visible returns a package that the sender of this request may see, or an error that wraps spec.ErrNotFound.
func (g *registry) visible(r *http.Request, name spec.Name) (*record, error) {
	p, err := g.find(name)
	if err != nil {
		return nil, err
	}
	if len(p.served(g.options.Now())) == 0 || !g.readable(r, p) {
		return nil, fmt.Errorf("%s: %w", name, spec.ErrNotFound)
	}
	return p, nil
}

func (g *registry) packument(rw http.ResponseWriter, r *http.Request, name spec.Name) error {
	abbreviated := strings.Contains(r.Header.Get("Accept"), abbreviatedType)
	p, err := g.visible(r, name)
	if errors.Is(err, spec.ErrNotFound) {
		if gone, err := g.recall(name); err == nil && !gone.Unpublished.IsZero() && !abbreviated && g.readable(r, gone) {
			return sendDocument(rw, r, "application/json", gone.tombstone())
		}
		return refuse(http.StatusNotFound, "Not found")
	}
	if err != nil {
		return err
	}
	if abbreviated {
		return sendDocument(rw, r, abbreviatedType, p.abbreviated(g.options.Now(), origin(r)))
	}
	full := p.full(g.options.Now(), origin(r))
	if r.URL.Query().Get("write") == "true" {
		full["_rev"] = p.revision()
	}
	return sendDocument(rw, r, "application/json", full)
}

// manifest serves one version, by its number or by a dist-tag.
func (g *registry) manifest(rw http.ResponseWriter, r *http.Request, name spec.Name, which string) error {
	p, err := g.visible(r, name)
	if err != nil {
		return err
	}
	now, version := g.options.Now(), spec.Version(which)
	if tagged, ok := p.tags(now, false)[spec.DistTag(which)]; ok {
		version = tagged
	}
	if !p.isServed(version, now) {
		return &answer{status: http.StatusNotFound, body: "version not found: " + which}
	}
	return sendDocument(rw, r, "application/json", p.manifest(version, origin(r)))
}

// tarball serves a version's file, under the name that npm serves (p-1.0.0.tgz) and the one that publishers send
// (@s/p-1.0.0.tgz).
func (g *registry) tarball(rw http.ResponseWriter, r *http.Request, name spec.Name, file string) error {
	p, err := g.visible(r, name)
	if errors.Is(err, spec.ErrNotFound) {
		return refuse(http.StatusNotFound, "Not found")
	}
	if err != nil {
		return err
	}
	numbered, named := strings.CutPrefix(path.Base(file), name.Base()+"-")
	number, zipped := strings.CutSuffix(numbered, ".tgz")
	version := spec.Version(number)
	if !named || !zipped || !p.isServed(version, g.options.Now()) {
		return refuse(http.StatusNotFound, "Not found")
	}
	stored, err := os.Open(g.folder.tarball(name, version))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the sandbox has lost a tarball; reset it: %w", err)
	}
	if err != nil {
		return err
	}
	defer func() { _ = stored.Close() }() // only read
	rw.Header().Set("Content-Type", "application/octet-stream")
	rw.Header().Set("Cache-Control", "public, no-cache")
	rw.Header().Set("ETag", `"`+p.Versions[version].Integrity.String()+`"`)
	http.ServeContent(rw, r, "", p.Versions[version].Accepted, stored)
	return nil
}
