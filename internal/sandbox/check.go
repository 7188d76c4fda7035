package sandbox

import (
	"encoding/json"
	"net/http"
	"path/filepath"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// check checks the parts of an upload against each other, and returns the version that it brings.
func (u *upload) check(name spec.Name) (spec.Version, error) {
	bad := func(format string, args ...any) (spec.Version, error) {
		return "", refuse(http.StatusBadRequest, format, args...)
	}
	if u.Name != name || u.ID != "" && u.ID != name.String() {
		return bad("the body is of %q (_id %q), the address is of %q", u.Name, u.ID, name)
	}
	if len(u.Versions) != 1 || u.tarball == nil || u.tarball.path == "" {
		return bad("a publish brings one version with its tarball")
	}
	var version spec.Version
	for v := range u.Versions {
		version = v
	}
	if _, err := spec.ParseVersion(version.String()); err != nil {
		return bad("%v", err)
	}
	if len(u.DistTags) == 0 {
		return bad("a publish needs a dist-tag")
	}
	for tag, tagged := range u.DistTags {
		if _, err := spec.ParseDistTag(tag.String()); err != nil {
			return bad("%v", err)
		}
		if tagged != version {
			return bad("the dist-tag %q is to point at %s, the version published is %s", tag, tagged, version)
		}
	}
	return version, u.checkTarball(name, version)
}

// checkTarball compares the tarball with what the manifest says of it, and the manifest with what is inside.
func (u *upload) checkTarball(name spec.Name, version spec.Version) error {
	var m struct {
		Name    string    `json:"name"`
		Version string    `json:"version"`
		Private bool      `json:"private"`
		Dist    spec.Dist `json:"dist"`
	}
	if err := unmarshal(u.Versions[version], &m); err != nil {
		return refuse(http.StatusBadRequest, "the manifest: %v", err)
	}
	t := u.tarball
	if t.size != t.declared {
		return refuse(http.StatusBadRequest, "the tarball has %d bytes, its length is given as %d", t.size, t.declared)
	}
	if given, err := spec.ParseIntegrity(m.Dist.Integrity.String()); err != nil || given != t.integrity {
		return refuse(http.StatusBadRequest, "dist.integrity is not that of the tarball, which is %s", t.integrity)
	}
	if m.Dist.Shasum != t.shasum {
		return refuse(http.StatusBadRequest, "dist.shasum is not that of the tarball, which is %s", t.shasum)
	}
	inside, err := inspect(t.path)
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, "%v", err)
	}
	if m.Private || inside.Private {
		return refuse(http.StatusForbidden, "This package has been marked as private")
	}
	for _, said := range []struct{ where, name, version string }{
		{"manifest", m.Name, m.Version}, {"tarball's package.json", inside.Name, inside.Version},
	} {
		if said.name != name.String() || said.version != version.String() {
			return refuse(http.StatusUnprocessableEntity,
				"the %s is of %s@%s, the publish of %s@%s", said.where, said.name, said.version, name, version)
		}
	}
	if base := name.Base() + "-" + version.String() + ".tgz"; filepath.Base(t.attachment) != base {
		return refuse(http.StatusBadRequest, "the tarball is named %q, not %q", t.attachment, base)
	}
	u.describe(version, inside)
	return nil
}

// describe adds to the manifest what the registry finds out itself. npm's clients look for a shrinkwrap only where _hasShrinkwrap says
// so.
func (u *upload) describe(version spec.Version, inside contents) {
	u.Versions[version]["_hasShrinkwrap"] = raw(inside.shrinkwrap)
	u.Versions[version]["dist"] = raw(map[string]any{
		"integrity": u.tarball.integrity, "shasum": u.tarball.shasum,
		"fileCount": inside.fileCount, "unpackedSize": inside.unpackedSize,
	})
}

// raw encodes strings, numbers, and maps and lists of them, whose encoding cannot fail.
func raw(value any) json.RawMessage {
	data, err := encode(value)
	if err != nil {
		return json.RawMessage("null")
	}
	return data
}

func unmarshal(fields map[string]json.RawMessage, value any) error {
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, value)
}
