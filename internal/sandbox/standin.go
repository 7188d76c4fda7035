package sandbox

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1" //nolint:gosec // npm's shasum, beside a sha512
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// place publishes a version of npm's own under a name: it is served at once, and is latest. The caller holds the lock.
func (g *registry) place(p *record, version spec.Version, description string) error {
	made, tarball, err := standIn(p.Name, version, description, g.options.Now())
	if err != nil {
		return err
	}
	p.Versions[version], p.Unpublished = made, time.Time{}
	p.Tags[spec.Latest] = []spec.Version{version}
	file := g.folder.tarball(p.Name, version)
	return errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, tarball, 0o600))
}

// standIn makes an empty version, and its tarball.
func standIn(name spec.Name, version spec.Version, description string, now time.Time) (release, []byte, error) {
	about := map[string]any{"name": name, "version": version, "description": description}
	document, err := json.Marshal(about)
	if err != nil {
		return release{}, nil, err
	}
	var tarball bytes.Buffer
	zipped := gzip.NewWriter(&tarball)
	entries := tar.NewWriter(zipped)
	err = entries.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644, Size: int64(len(document))})
	if err == nil {
		_, err = entries.Write(document)
	}
	if err := errors.Join(err, entries.Close(), zipped.Close()); err != nil {
		return release{}, nil, err
	}
	short := sha1.Sum(tarball.Bytes()) //nolint:gosec // npm's shasum, beside a sha512
	integrity := spec.NewIntegrity(sha512.Sum512(tarball.Bytes()))
	about["_id"] = name.String() + "@" + version.String()
	about["_npmUser"] = map[string]string{"name": "npm"}
	about["dist"] = map[string]any{"integrity": integrity, "shasum": hex.EncodeToString(short[:])}
	manifest := map[string]json.RawMessage{}
	for field, value := range about {
		manifest[field] = raw(value)
	}
	return release{Accepted: now, Served: now, Integrity: integrity, Manifest: manifest}, tarball.Bytes(), nil
}
