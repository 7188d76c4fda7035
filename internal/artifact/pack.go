package artifact

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/artifact/manifest"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// PackOptions shape what Pack makes of an artifact.
type PackOptions struct {
	// Dir takes the temporary file that is packed into; os.TempDir() when empty.
	Dir string
	// Compression is how a directory is compressed; Balanced when empty.
	Compression Compression
	// Workers compress; nil for some of its own. All that are packed at the same time should share theirs.
	Workers *Workers
	// OptionalDependencies are those that an entry package must have, name to exact version. A directory without any of
	// them has them written to its package.json in the tarball, never on disk; an artifact with others is refused.
	OptionalDependencies map[string]string
	// Dependencies are platforms that an entry must have among its dependencies instead, name to exact version. They are not written.
	Dependencies map[string]string
	// PlatformPattern tells platforms' packages, by name and the wanted version or range, from other optional dependencies, which stay as
	// they are. Nil means that there must be none but these.
	PlatformPattern func(name, wanted string) bool
	// GitHead is the commit's hash, for the manifest of an artifact that names none.
	GitHead string
}

// Tarball is a packed artifact, ready to send.
type Tarball struct {
	Size      int64 // bytes
	Integrity spec.Integrity
	Shasum    string // sha1, hex
	Checksum  uint32 // CRC-32C
	// Manifest is the version's entry in the packument, normalised as npm does before publishing, with the readme. It
	// has neither _id nor dist.
	Manifest map[string]any

	artifact *Artifact // if it is a .tgz
	spool    *spool    // of any other
}

// Open returns the tarball's bytes, each time from the start. They are there until Close.
func (t *Tarball) Open(context.Context) (io.ReadCloser, error) {
	if t.spool != nil {
		return t.spool.open(), nil
	}
	return os.Open(t.artifact.path)
}

// Close removes what was packed. An artifact that was a .tgz stays.
func (t *Tarball) Close() error {
	if t.spool == nil {
		return nil
	}
	return t.spool.Close()
}

// published is the time of every file in a tarball, the same that npm writes; zip has no earlier year.
func published() time.Time { return time.Unix(499162500, 0).UTC() }

// Pack packs a directory into a temporary file, with the same bytes on every machine, or takes a .tgz as it is. It reads a directory's
// files once, and a .tgz not at all, as Open has read it. It does not judge: package rules says what should not be packed. The caller
// closes the Tarball.
func (a *Artifact) Pack(ctx context.Context, o PackOptions) (*Tarball, error) {
	optional, mismatch := a.mergeOptional(o.OptionalDependencies, o.Dependencies, o.PlatformPattern)
	if mismatch != nil {
		return nil, a.wrong("%w", mismatch)
	}
	pkg := a.pkg
	if optional != nil {
		raw, err := a.pkg.WithOptional(optional)
		if err == nil {
			pkg, err = packagejson.Parse(raw)
		}
		if err != nil {
			return nil, a.wrong("%w", err)
		}
	}
	t := &Tarball{artifact: a}
	sum, err := a.digest, error(nil)
	if a.packed && !a.Unchanged() {
		err = errors.New("it changed since it was read; run again once the build has ended")
	} else if !a.packed {
		t.spool, sum, err = a.packDirectory(ctx, o, pkg)
	}
	if err != nil {
		return nil, a.wrong("packing it: %w", err)
	}
	t.Size, t.Integrity, t.Shasum, t.Checksum = sum.size, sum.integrity, sum.shasum, sum.checksum
	t.Manifest = a.manifest(pkg, o.GitHead)
	return t, nil
}

// manifest is the document that npm would publish for the artifact with this package.json.
func (a *Artifact) manifest(pkg *packagejson.Package, gitHead string) map[string]any {
	return manifest.Normalize(pkg.Document, manifest.Facts{
		Name: pkg.Name.String(), Version: pkg.Version.String(), Bin: pkg.Bin, Files: a.Files(),
		Readme: a.shown.readme, Authors: a.shown.authors, GitHead: gitHead, Packed: a.packed,
	})
}

func (a *Artifact) packDirectory(ctx context.Context, o PackOptions, pkg *packagejson.Package) (*spool, digest, error) {
	packageJSON, err := pkg.Published()
	if err != nil {
		return nil, digest{}, err
	}
	return a.pack(ctx, o, packageJSON)
}

// pack packs the directory into a new temporary file, and unpacks that again to prove it.
func (a *Artifact) pack(ctx context.Context, o PackOptions, packageJSON []byte) (to *spool, sum digest, err error) {
	if err := o.Compression.check(); err != nil {
		return nil, digest{}, err
	}
	if o.Workers == nil {
		o.Workers = NewWorkers(0)
	}
	if to, err = newSpool(o.Dir); err != nil {
		return nil, digest{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, to.Close())
		}
	}()
	proof := prove(ctx, to)
	sums, packed := newHashes(), &stream{}
	err = a.zip(ctx, io.MultiWriter(to, sums, proof), packed, o, packageJSON)
	err = proof.end(*packed, err) // the next package may be compressed meanwhile
	return to, sums.digest(), err
}

// zip compresses the directory's tar stream, which it also writes to plain.
func (a *Artifact) zip(ctx context.Context, to, plain io.Writer, o PackOptions, packageJSON []byte) (err error) {
	if a.size() > pieceSize {
		end, err := o.Workers.takeTurn(ctx)
		if err != nil {
			return err
		}
		defer end()
	}
	root, err := os.OpenRoot(a.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return o.Workers.zip(ctx, to, o.Compression, func(zipped io.Writer) error {
		return a.tar(ctx, io.MultiWriter(plain, zipped), root, packageJSON)
	})
}

// size returns the size of all files together, in bytes.
func (a *Artifact) size() (size int64) {
	for _, f := range a.files {
		size += f.Size
	}
	return size
}

// tar writes the files as a tar stream, package.json with other contents.
func (a *Artifact) tar(ctx context.Context, to io.Writer, root *os.Root, packageJSON []byte) error {
	tarred := tar.NewWriter(to)
	for _, entry := range a.files {
		var err error
		if entry.Path == "package.json" {
			entry.Size = int64(len(packageJSON))
			err = writeEntry(tarred, entry, bytes.NewReader(packageJSON))
		} else {
			err = addFile(ctx, tarred, root, entry)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", entry.Path, err)
		}
	}
	return tarred.Close()
}

func addFile(ctx context.Context, to *tar.Writer, root *os.Root, entry File) (err error) {
	f, err := root.Open(filepath.FromSlash(entry.Path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() != entry.Size {
		return errors.Join(err, errors.New("it changed since it was listed; run again once the build has ended"))
	}
	return writeEntry(to, entry, io.LimitReader(cancellable{ctx, f}, entry.Size))
}

func writeEntry(to *tar.Writer, entry File, contents io.Reader) error {
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: "package/" + entry.Path, Size: entry.Size, Mode: entry.Mode, ModTime: published(),
	}
	if err := to.WriteHeader(header); err != nil {
		return err
	}
	written, err := io.Copy(to, contents)
	if err == nil && written != entry.Size {
		err = fmt.Errorf("it shrank from %d to %d bytes while it was packed; run again once the build has ended",
			entry.Size, written)
	}
	return err
}
