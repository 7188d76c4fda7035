package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/agent-facets/facets-reconcile/internal/artifact/packlist"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

func openDirectory(ctx context.Context, dir string) (a *Artifact, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()

	raw, err := readText(root, "package.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("it has no package.json, so it is no package: %w", err)
	}
	if err != nil {
		return nil, err
	}
	a = &Artifact{path: dir}
	if a.pkg, err = packagejson.Parse(raw); err != nil {
		return nil, err
	}
	limits := limits{}
	files, err := packlist.List(ctx, dir, a.pkg, packlist.Options{Count: limits.count, Link: a.leaveOut})
	if err != nil {
		return nil, fmt.Errorf("listing its files: %w", err)
	}
	for _, f := range files {
		a.files = append(a.files, File{Path: f.Path, Mode: f.Mode, Size: f.Size})
	}
	if !a.Has("package.json") {
		return nil, errors.New("its package.json is no regular file")
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	a.shown, err = readShown(dir, entries)
	return a, err
}

// Links returns the paths of a directory's symbolic links that would be packed if they were files: npm leaves them out.
func (a *Artifact) Links() []string { return a.links }

// leaveOut notes a symbolic link that would be packed if it were a file.
func (a *Artifact) leaveOut(link string) {
	if len(a.links) < maxLinks {
		a.links = append(a.links, link)
	}
}

// maxLinks is how many links that are left out are known.
const maxLinks = 1000

// Linked tells whether what stands at a path of a directory is a symbolic link.
func (a *Artifact) Linked(at string) bool {
	info, err := os.Lstat(filepath.Join(a.path, filepath.FromSlash(at)))
	return !a.packed && err == nil && info.Mode()&fs.ModeSymlink != 0
}

// readText reads a small file. Links are followed only inside of root.
func readText(root *os.Root, name string) (data []byte, err error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for whoever fills it
		return nil, fmt.Errorf("its %s is no regular file", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, maxText+1))
	if err == nil && len(data) > maxText {
		err = fmt.Errorf("its %s is larger than %d bytes", name, maxText)
	}
	return data, err
}
