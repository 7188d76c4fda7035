package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"

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
	if !a.Has("package.json") {
		return nil, errors.New("its package.json is no regular file")
	}
	for _, f := range a.files {
		if isReadme(f, a.readme.name) && f.Size <= maxText {
			text, err := readText(root, f.Path)
			if err != nil {
				return nil, err
			}
			a.readme = readme{f.Path, string(text)}
		}
	}
	return a, nil
}

// isReadme tells whether f is a readme to show, rather than the one named before, as npm chooses: Markdown is preferred,
// and what has no extension must be spelled README.
func isReadme(f File, before string) bool {
	if path.Dir(f.Path) != "." || before != "" && before != "README" {
		return false
	}
	return f.Path == "README" || regexp.MustCompile(`(?i)^readme\.(.*\.)?m?a?r?k?d?o?w?n?$`).MatchString(f.Path)
}

// Linked tells whether what stands at a path of a directory is a symbolic link.
func (a *Artifact) Linked(at string) bool {
	info, err := os.Lstat(filepath.Join(a.path, filepath.FromSlash(at)))
	return !a.packed && err == nil && info.Mode()&fs.ModeSymlink != 0
}
