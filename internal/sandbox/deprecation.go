package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// revision changes with each change of the package, like CouchDB's _rev.
func (p *record) revision() string {
	return fmt.Sprintf("%d-%x", len(p.Versions), sha256.Sum256(raw(p)))
}

// deprecate takes a PUT of the whole packument, as it was read with ?write=true: that is how npm deprecates. Only the deprecations may
// differ from the stored packument.
func (g *registry) deprecate(rw http.ResponseWriter, r *http.Request, name spec.Name, u *upload, who bearer) error {
	if who.session == nil {
		return refuse(http.StatusForbidden, "OIDC permission denied for this action")
	}
	p, err := g.visible(r, name)
	if err != nil {
		return missing()
	}
	if err := g.settable(p); err != nil {
		return err
	}
	return g.change(rw, name, func(p *record) error { return p.redeprecate(u, g.options.Now(), origin(r)) })
}

// redeprecate stores the deprecations of a packument that a client has sent back. The caller holds the lock.
func (p *record) redeprecate(u *upload, now time.Time, origin string) error {
	if u.Rev != p.revision() || len(u.Versions) != len(p.served(now)) {
		return refuse(http.StatusConflict, "Failed to save packument. A common cause is if you try to publish a new package before the previous "+
			"package has been fully processed.")
	}
	if u.Name != p.Name || !reflect.DeepEqual(u.DistTags, p.tags(now, false)) {
		return refuse(http.StatusBadRequest, "only deprecations are changed by this call")
	}
	for version, sent := range u.Versions {
		message := sent["deprecated"]
		shown := p.manifest(version, origin)
		if !p.isServed(version, now) || !sameButDeprecation(sent, shown) {
			return refuse(http.StatusBadRequest, "only deprecations are changed by this call, and %s differs otherwise", version)
		}
		var said spec.Text
		if message != nil && json.Unmarshal(message, &said) != nil {
			return refuse(http.StatusBadRequest, "the deprecation of %s is no text", version)
		}
		if delete(p.Versions[version].Manifest, "deprecated"); said != "" {
			p.Versions[version].Manifest["deprecated"] = raw(said)
		}
	}
	return nil
}

// sameButDeprecation compares manifests by their values; how the JSON is written does not matter.
func sameButDeprecation(a, b map[string]json.RawMessage) bool {
	var as, bs map[string]any
	if unmarshal(a, &as) != nil || unmarshal(b, &bs) != nil {
		return false
	}
	delete(as, "deprecated")
	delete(bs, "deprecated")
	return bytes.Equal(raw(as), raw(bs))
}
