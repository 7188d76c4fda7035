package sandbox

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// registry is npm's part of the world.
type registry struct {
	options     Options
	folder      folder
	issuers     *issuers
	credentials *credentials
	sigstore    *sigstore
}

const (
	packagePath  = "/-/package/"
	stagePath    = "/-/stage"
	exchangePath = "/-/npm/v1/oidc/token/exchange/package/"
	userPath     = "/-/user/org.couchdb.user:"
	donePath     = "/-/v1/done"
	approvePath  = "/auth/cli/"
)

// serveService serves the routes that are not a package's documents or tarballs.
func (g *registry) serveService(rw http.ResponseWriter, r *http.Request) error {
	path := r.URL.Path
	switch {
	case strings.HasPrefix(path, packagePath):
		return g.serveSettings(rw, r, strings.TrimPrefix(path, packagePath))
	case strings.HasPrefix(path, exchangePath):
		return g.exchange(rw, r, spec.Name(strings.TrimPrefix(path, exchangePath)))
	case path == stagePath, strings.HasPrefix(path, stagePath+"/"):
		return g.serveStages(rw, r, strings.TrimPrefix(strings.TrimPrefix(path, stagePath), "/"))
	case strings.HasPrefix(path, attestationsPath) && isRead(r):
		return g.attestations(rw, r, strings.TrimPrefix(path, attestationsPath))
	case path == "/-/ping":
		return sendJSON(rw, http.StatusOK, struct{}{})
	case path == "/-/whoami":
		return g.whoami(rw, r)
	case strings.HasPrefix(path, userPath):
		return g.loginByPassword(rw, r, strings.TrimPrefix(path, userPath))
	case path == "/-/v1/login":
		return g.loginByBrowser(rw, r)
	case strings.HasPrefix(path, approvePath):
		return g.approvePage(rw, r, strings.TrimPrefix(path, approvePath))
	case path == donePath:
		return g.poll(rw, r)
	case strings.HasPrefix(path, "/-/npm/v1/security/"):
		return sendJSON(rw, http.StatusOK, struct{}{}) // no advisories: npm install stays quiet
	}
	return refuse(http.StatusNotFound, "Not found")
}

// serveSettings serves /-/package/<name>/….
func (g *registry) serveSettings(rw http.ResponseWriter, r *http.Request, path string) error {
	name, rest := spec.CutName(path)
	setting, argument, _ := strings.Cut(rest, "/")
	switch setting {
	case "dist-tags":
		return g.distTags(rw, r, name, argument)
	case "trust":
		return g.trust(rw, r, name, argument)
	case "version":
		return g.serveVersion(rw, r, name, argument)
	case "visibility":
		return g.visibility(rw, r, name)
	case "access":
		return g.changeAccess(rw, r, name)
	}
	return refuse(http.StatusNotFound, "Not found")
}

// servePackage serves /<name>, /<name>/<version or tag> and /<name>/-/<tarball>.
func (g *registry) servePackage(rw http.ResponseWriter, r *http.Request) error {
	name, rest := spec.CutName(strings.TrimPrefix(r.URL.Path, "/"))
	file, isTarball := strings.CutPrefix(rest, "-/")
	switch {
	case r.Method == http.MethodPut && rest == "":
		return g.publish(rw, r, name)
	case !isRead(r):
		return methodNotAllowed()
	case isTarball:
		return g.tarball(rw, r, name, file)
	case rest != "":
		return g.manifest(rw, r, name, rest)
	case name == "":
		return sendJSON(rw, http.StatusOK, map[string]string{"db_name": "registry"})
	}
	return g.packument(rw, r, name)
}

// find returns the record of a package that was accepted, served or not, or an error that wraps spec.ErrNotFound.
func (g *registry) find(name spec.Name) (*record, error) {
	p, err := g.recall(name)
	if err == nil && len(p.Versions) == 0 {
		return nil, fmt.Errorf("%s: %w", name, spec.ErrNotFound)
	}
	return p, err
}

// findSettable is like find, and refuses a package whose settings cannot be changed.
func (g *registry) findSettable(name spec.Name) (*record, error) {
	p, err := g.find(name)
	if err == nil {
		err = g.settable(p)
	}
	return p, err
}

// change changes a package's record and answers that it did.
func (g *registry) change(rw http.ResponseWriter, name spec.Name, change func(*record) error) error {
	if err := g.folder.update(name, change); err != nil {
		return err
	}
	return sendJSON(rw, http.StatusOK, map[string]bool{"ok": true})
}

// recall is like find, and also returns the record of a package that was unpublished. It checks the name, as names become paths
// of files.
func (g *registry) recall(name spec.Name) (*record, error) {
	if _, err := spec.ParseName(name.String()); err != nil {
		return nil, fmt.Errorf("%w: %w", spec.ErrNotFound, err)
	}
	return g.folder.load(name)
}
