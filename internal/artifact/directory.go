package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// packIt is the way out of all that a directory may need a package manager for.
const packIt = "pack it, name the .tgz"

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
	list := walk{root: root, pkg: a.pkg}
	if a.files, err = list.list(ctx); err != nil {
		return nil, fmt.Errorf("listing its files: %w", err)
	}
	a.links = list.links
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

// Linked tells whether what stands at a path of a directory is a symbolic link.
func (a *Artifact) Linked(at string) bool {
	info, err := os.Lstat(filepath.Join(a.path, filepath.FromSlash(at)))
	return !a.packed && err == nil && info.Mode()&fs.ModeSymlink != 0
}
