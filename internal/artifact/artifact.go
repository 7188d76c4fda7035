package artifact

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// Artifact is a package as the build left it: read, not yet packed. It holds no open file.
type Artifact struct {
	path   string
	packed bool
	pkg    *packagejson.Package
	files  []File   // what gets published, in npm's order; for a directory without Facts
	links  []string // of a directory only
	shown  shown
	digest digest // of a .tgz only
	info   os.FileInfo
}

// Open reads the package.json and the file list of a directory, or all of a .tgz. A .tgz that is cut off or damaged, or could do
// harm when unpacked (paths that lead outside, links, devices, duplicates, absurd sizes), is an error. Where nothing is at path
// the error wraps fs.ErrNotExist.
func Open(ctx context.Context, path string) (*Artifact, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the artifact: %w", err)
	}
	var a *Artifact
	switch {
	case info.IsDir():
		a, err = openDirectory(ctx, path)
	case info.Mode().IsRegular():
		a, err = openArchive(ctx, path)
	default:
		err = fmt.Errorf("it is neither a directory nor a .tgz")
	}
	if err != nil {
		return nil, fmt.Errorf("artifact %s: %w", path, err)
	}
	a.info = info // taken before reading, so that a later change shows
	return a, nil
}

// Unchanged tells whether a .tgz is still the file that was read, by size, time and identity. For a directory it is always false, as each
// of its files may have changed.
func (a *Artifact) Unchanged() bool {
	info, err := os.Stat(a.path)
	return err == nil && a.packed && os.SameFile(a.info, info) && a.info.Size() == info.Size() &&
		a.info.ModTime().Equal(info.ModTime())
}

// Path returns the path that the artifact was opened by.
func (a *Artifact) Path() string { return a.path }

// Packed tells whether the artifact is a .tgz, which is published as it is.
func (a *Artifact) Packed() bool { return a.packed }

// Package returns the package.json, which is not to be changed.
func (a *Artifact) Package() *packagejson.Package { return a.pkg }

// Name returns the package's name.
func (a *Artifact) Name() spec.Name { return a.pkg.Name }

// Version returns the package's version.
func (a *Artifact) Version() spec.Version { return a.pkg.Version }

// Files returns the paths that get published, with slashes, in the tarball's order.
func (a *Artifact) Files() []string {
	paths := make([]string, len(a.files))
	for i, f := range a.files {
		paths[i] = f.Path
	}
	return paths
}

// Has tells whether there is a file at a path of the package.
func (a *Artifact) Has(path string) bool {
	return slices.ContainsFunc(a.files, func(f File) bool { return f.Path == path })
}

// wrong returns an error about the artifact. The format says what it is, what was wanted, and what to do.
func (a *Artifact) wrong(format string, args ...any) error {
	return fmt.Errorf("artifact %s of %s: %w", a.path, a.pkg.Name, fmt.Errorf(format, args...))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
