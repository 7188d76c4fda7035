package sandbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// publish answers PUT /<name>. The body is checked before the lock is taken. Under the lock only the state of the package decides,
// so that of two publishes of one version exactly one is accepted.
func (g *registry) publish(rw http.ResponseWriter, r *http.Request, name spec.Name) error {
	who, err := g.publisher(r, name, spec.PermissionPublish)
	if err == nil && who.session != nil {
		err = g.confirm(r, who.session)
	}
	if err != nil {
		return err
	}
	u, err := g.receive(r)
	defer u.remove()
	if err != nil {
		return err
	}
	if u.tarball == nil && u.Rev != "" {
		return g.deprecate(rw, r, name, u, who)
	}
	version, bundle, err := g.examine(r, u, name)
	if err != nil {
		return err
	}
	accepted := g.options.Now()
	p := release{
		Accepted: accepted, Served: accepted.Add(g.options.ScanDelay(name, version)),
		Integrity: u.tarball.integrity, Manifest: u.manifest(version, who), Bundle: bundle,
	}
	if err := g.folder.update(name, func(to *record) error { return g.accept(to, u, version, p, who) }); err != nil {
		return err
	}
	g.options.Log.Info("accepted", "package", name, "version", version, "served", p.Served)
	return sendJSON(rw, http.StatusOK, map[string]bool{"success": true})
}

// receive takes the body of a publish, or of a staging. The caller removes the upload, also after an error.
func (g *registry) receive(r *http.Request) (*upload, error) {
	u, err := readUpload(r.Body, g.folder.path("uploads"))
	switch {
	case errors.Is(err, errTooLarge):
		return u, refuse(http.StatusRequestEntityTooLarge, "%v", err)
	case err != nil:
		return u, refuse(http.StatusBadRequest, "the publish body is not as npm sends it: %v", err)
	}
	return u, nil
}

// examine checks an upload by itself. It returns the version that it brings, and the bundle of its provenance, if it brings one.
func (g *registry) examine(r *http.Request, u *upload, name spec.Name) (version spec.Version, bundle json.RawMessage, err error) {
	noteAccess(r, u.Access)
	if version, err = u.check(name); err == nil {
		bundle, err = g.attested(u, name, version)
	}
	return version, bundle, err
}

// publisher returns the sender of a request that has the permission for the package. Others get npm's answer.
func (g *registry) publisher(r *http.Request, name spec.Name, permission string) (bearer, error) {
	if _, err := spec.ParseName(name.String()); err != nil {
		return bearer{}, refuse(http.StatusBadRequest, "%v", err)
	}
	who, err := g.credentials.writer(r)
	switch {
	case err != nil:
		return who, err
	case who.session != nil && who.session.automation && permission == spec.PermissionPublish:
		return who, g.admitToken(name)
	case who.session != nil:
		return who, nil
	case who.grant.name != name:
		return who, refuse(http.StatusNotFound, "Not found")
	case !slices.Contains(who.grant.config.Permissions, permission):
		return who, refuse(http.StatusForbidden, "OIDC permission denied for this action")
	}
	return who, nil
}

// accept adds the version to its package. The caller holds the lock.
func (g *registry) accept(to *record, u *upload, version spec.Version, p release, who bearer) error {
	if err := g.admit(to, version, p.Accepted); err != nil {
		return err
	}
	access, err := g.accessAfter(to, u.Access)
	if err != nil {
		return err
	}
	if who.grant != nil && !to.markProven(who.grant.config.ID) {
		return refuse(http.StatusNotFound, "Not found") // revoked since the exchange
	}
	first := len(to.Versions) == 0
	to.Versions[version], to.Unpublished, to.Access = p, time.Time{}, access
	for tag := range u.DistTags {
		to.tag(tag, version, p.Accepted)
	}
	if _, tagged := u.DistTags[spec.Latest]; first && !tagged {
		to.tag(spec.Latest, version, p.Accepted) // npm gives every package a latest
	}
	return g.folder.keepTarball(u, to.Name, version)
}

// keepTarball moves an upload's tarball to the place of its version.
func (f folder) keepTarball(u *upload, name spec.Name, version spec.Version) error {
	file := f.tarball(name, version)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return err
	}
	return os.Rename(u.tarball.path, file)
}

// markProven notes that something was published with a trusted publisher, and tells whether that still exists.
func (p *record) markProven(id string) bool {
	i := slices.IndexFunc(p.Trust, func(t trust) bool { return t.Config.ID == id })
	if i >= 0 {
		p.Trust[i].Proven = true
	}
	return i >= 0
}

// manifest returns the manifest as it is kept, with who published it.
func (u *upload) manifest(version spec.Version, who bearer) map[string]json.RawMessage {
	m := u.Versions[version]
	m["_id"] = raw(u.Name.String() + "@" + version.String())
	m["maintainers"] = raw([]map[string]string{{"name": firstUser, "email": firstUser + "@example.test"}})
	if who.grant == nil {
		m["_npmUser"] = raw(map[string]string{"name": who.session.user, "email": who.session.user + "@example.test"})
		return m
	}
	m["_npmUser"] = raw(map[string]any{
		"name": who.grant.by, "email": "npm-oidc-no-reply@example.test",
		"trustedPublisher": map[string]string{"id": who.grant.config.Type, "oidcConfigId": who.grant.config.ID},
	})
	return m
}
