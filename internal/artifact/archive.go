package artifact

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// What a .tgz may hold. npm itself has no such limits; these are far above any package that was ever taken.
const (
	maxUnpacked = 4 << 30 // bytes
	maxEntries  = 200_000
)

// archive reads a .tgz through once.
type archive struct {
	top      string // the one folder that everything is in
	seen     map[string]bool
	unpacked int64
	artifact *Artifact
	raw      []byte // package.json
}

func openArchive(ctx context.Context, name string) (a *Artifact, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()

	sums := newHashes()
	input := io.TeeReader(cancellable{ctx, f}, sums)
	r := archive{seen: map[string]bool{}, artifact: &Artifact{path: name, packed: true}}
	if err := r.read(input); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, input); err != nil {
		return nil, err
	}
	a = r.artifact
	a.digest = sums.digest()
	if r.raw == nil {
		return nil, errors.New("it has no package.json, so it is no package; make it with npm pack")
	}
	if a.pkg, err = parsePackageJSON(r.raw); err != nil {
		return nil, err
	}
	return a, nil
}

func (r *archive) read(input io.Reader) error {
	unzipped, err := gzip.NewReader(input)
	if err != nil {
		return fmt.Errorf("it is no .tgz: %w", err)
	}
	limited := &io.LimitedReader{R: unzipped, N: maxUnpacked}
	entries := tar.NewReader(limited)
	for {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.entry(header, entries)
		}
		if limited.N <= 0 {
			return tooLarge()
		}
		if err != nil {
			return fmt.Errorf("reading the .tgz: %w", err)
		}
	}
	if _, err := io.Copy(io.Discard, limited); err != nil { // what pads the stream counts for its checksum
		return fmt.Errorf("reading the .tgz: %w", err)
	}
	if limited.N <= 0 {
		return tooLarge()
	}
	return nil
}

func tooLarge() error { return fmt.Errorf("it unpacks to more than %d bytes", int64(maxUnpacked)) }

func (r *archive) entry(header *tar.Header, contents io.Reader) error {
	switch header.Typeflag {
	case tar.TypeXGlobalHeader, tar.TypeDir:
		return nil
	case tar.TypeReg, tar.TypeGNUSparse:
	default:
		return fmt.Errorf("%q is a link or a device (type %q); npm packs files only: make it again with npm pack",
			header.Name, string(header.Typeflag))
	}
	name, err := r.place(header.Name)
	if err != nil {
		return err
	}
	if r.unpacked += header.Size; r.unpacked > maxUnpacked {
		return tooLarge()
	}
	if len(r.seen) > maxEntries {
		return fmt.Errorf("it holds more than %d files", maxEntries)
	}
	f := file{path: name, mode: header.Mode & 0o777, size: header.Size}
	r.artifact.files = append(r.artifact.files, f)

	if name == "package.json" {
		if header.Size > maxText {
			return fmt.Errorf("its package.json is larger than %d bytes", maxText)
		}
		r.raw, err = io.ReadAll(contents)
		return err
	}
	if isReadme(f, r.artifact.readme.name) && header.Size <= maxText {
		text, err := io.ReadAll(contents)
		r.artifact.readme = readme{name, string(text)}
		return err
	}
	found, err := inspect(newForward(contents))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if found != nil {
		found.file = f
		r.artifact.natives = append(r.artifact.natives, *found)
	}
	return nil
}

// place checks an entry's path and returns it below the archive's one folder.
func (r *archive) place(name string) (string, error) {
	if strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\\x00") {
		return "", fmt.Errorf("the path %q is absolute or holds a backslash", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", fmt.Errorf("the path %q leads outside of the package", name)
		}
	}
	top, below, found := strings.Cut(path.Clean(name), "/")
	if !found {
		return "", fmt.Errorf("%q stands beside the package's folder, where npm would not unpack it", name)
	}
	if r.top == "" {
		r.top = top
	}
	switch {
	case top != r.top:
		return "", fmt.Errorf("it holds two folders, %q and %q, where a package has one", r.top, top)
	case r.seen[below]:
		return "", fmt.Errorf("it holds %q twice", below)
	}
	r.seen[below] = true
	return below, nil
}

// cancellable ends a stream when its context ends.
type cancellable struct {
	ctx context.Context
	io.Reader
}

func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}
