package artifact

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/inflate"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// ReadPackage reads the package.json of a directory or .tgz, and no more than it has to. The rest may be damaged: it is not read. Where
// nothing is at path the error wraps fs.ErrNotExist.
func ReadPackage(ctx context.Context, path string) (*packagejson.Package, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the artifact: %w", err)
	}
	read := packageInArchive
	if info.IsDir() {
		read = packageInDirectory
	}
	raw, err := read(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("artifact %s: reading its package.json: %w", path, err)
	}
	return packagejson.Parse(raw)
}

func packageInDirectory(_ context.Context, dir string) (raw []byte, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return readText(root, "package.json")
}

func packageInArchive(ctx context.Context, name string) (raw []byte, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	unzipped, err := inflate.NewReader(cancellable{ctx, f})
	if err != nil {
		return nil, unreadable(err)
	}
	entries := tar.NewReader(&bounded{from: unzipped, limit: maxUnpacked})
	for range maxEntries {
		header, err := entries.Next()
		if err != nil {
			return nil, unreadable(err)
		}
		if _, below, _ := strings.Cut(header.Name, "/"); below == "package.json" && header.Typeflag == tar.TypeReg && header.Size <= maxText {
			return io.ReadAll(entries)
		}
	}
	return nil, errors.New("there is none among its first files")
}

// IntegrityOf returns the integrity of a .tgz; "" for a directory, which has none before it is packed.
func IntegrityOf(ctx context.Context, path string) (integrity spec.Integrity, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sums := newHashes()
	if _, err := io.Copy(sums, cancellable{ctx, f}); err != nil {
		return "", err
	}
	return sums.digest().integrity, nil
}
