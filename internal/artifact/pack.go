package artifact

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/klauspost/compress/gzip"
)

// PackOptions shape what Pack makes of an artifact.
type PackOptions struct {
	// Dir takes the spool file; os.TempDir() when empty.
	Dir string
	// OptionalDependencies are those that an entry package must have, name to exact version. A directory without any of
	// them has them written to its package.json in the tarball, never on disk; an artifact with others is refused.
	OptionalDependencies map[string]string
	// PlatformPattern tells platforms' packages from other optional dependencies, which stay as they are. Nil means that
	// there must be none but OptionalDependencies.
	PlatformPattern func(name string) bool
	// GitHead is the commit's hash, for the manifest of an artifact that names none.
	GitHead string
}

// Tarball is a packed artifact, ready to send.
type Tarball struct {
	Size      int64 // bytes
	Integrity spec.Integrity
	Shasum    string // sha1, hex
	// Manifest is the version's entry in the packument, normalised as npm does before publishing, with the readme. It
	// has neither _id nor dist.
	Manifest map[string]any

	path  string
	spool bool // path is ours to remove
}

// Open returns the tarball's bytes, each time from the start.
func (t *Tarball) Open() (io.ReadCloser, error) { return os.Open(t.path) }

// Close removes the spool file. An artifact that was a .tgz stays.
func (t *Tarball) Close() error {
	if !t.spool {
		return nil
	}
	if err := os.Remove(t.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the packed file: %w", err)
	}
	return nil
}

// published is the time of every file in a tarball, npm's own: zip knows no earlier years.
func published() time.Time { return time.Unix(499162500, 0).UTC() }

// Pack packs a directory into a spool file, the same bytes each time, or takes a .tgz as it is; in one pass over the
// contents. The caller closes the Tarball.
func (a *Artifact) Pack(ctx context.Context, o PackOptions) (*Tarball, error) {
	optional, err := a.mergeOptional(o.OptionalDependencies, o.PlatformPattern)
	if err := errors.Join(append(a.refusals(), err)...); err != nil {
		return nil, err
	}
	pkg := a.pkg
	if optional != nil {
		raw, err := a.pkg.withOptional(optional)
		if err == nil {
			pkg, err = parsePackageJSON(raw)
		}
		if err != nil {
			return nil, a.wrong("%w", err)
		}
	}
	t := &Tarball{path: a.path}
	var sum digest
	if a.packed {
		if sum, err = hashFile(ctx, a.path); err == nil && sum != a.digest {
			err = errors.New("it changed since it was read; run again once the build has ended")
		}
	} else {
		t.spool = true
		t.path, sum, err = a.spool(ctx, o.Dir, pkg.raw)
	}
	if err != nil {
		return nil, a.wrong("packing it: %w", err)
	}
	t.Size, t.Integrity, t.Shasum = sum.size, sum.integrity, sum.shasum
	t.Manifest = a.manifest(pkg, o.GitHead)
	return t, nil
}

func hashFile(ctx context.Context, name string) (sum digest, err error) {
	f, err := os.Open(name)
	if err != nil {
		return digest{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sums := newHashes()
	_, err = io.Copy(sums, cancellable{ctx, f})
	return sums.digest(), err
}

// spool packs the directory into a new file of dir.
func (a *Artifact) spool(ctx context.Context, dir string, packageJSON []byte) (name string, sum digest, err error) {
	f, err := os.CreateTemp(dir, "package-*.tgz") // with mode 0600
	if err != nil {
		return "", digest{}, err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	root, err := os.OpenRoot(a.path)
	if err != nil {
		return "", digest{}, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()

	sums := newHashes()
	// One thread for each package: several are packed at once, and parallel compression would hold more in memory.
	zipped, err := gzip.NewWriterLevel(io.MultiWriter(f, sums), 6)
	if err != nil {
		return "", digest{}, err
	}
	tarred := tar.NewWriter(zipped)
	for _, entry := range a.files {
		if entry.path == "package.json" {
			entry.size = int64(len(packageJSON))
			err = writeEntry(tarred, entry, bytes.NewReader(packageJSON))
		} else {
			err = addFile(ctx, tarred, root, entry)
		}
		if err != nil {
			return "", digest{}, fmt.Errorf("%s: %w", entry.path, err)
		}
	}
	if err := errors.Join(tarred.Close(), zipped.Close()); err != nil {
		return "", digest{}, err
	}
	return f.Name(), sums.digest(), nil
}

func addFile(ctx context.Context, to *tar.Writer, root *os.Root, entry file) (err error) {
	f, err := root.Open(filepath.FromSlash(entry.path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() != entry.size {
		return errors.Join(err, errors.New("it changed since it was listed; run again once the build has ended"))
	}
	return writeEntry(to, entry, io.LimitReader(cancellable{ctx, f}, entry.size))
}

func writeEntry(to *tar.Writer, entry file, contents io.Reader) error {
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: "package/" + entry.path, Size: entry.size, Mode: entry.mode, ModTime: published(),
	}
	if err := to.WriteHeader(header); err != nil {
		return err
	}
	written, err := io.Copy(to, contents)
	if err == nil && written != entry.size {
		err = fmt.Errorf("it shrank from %d to %d bytes while it was packed; run again once the build has ended",
			entry.size, written)
	}
	return err
}
