package packlist

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// Client is the npm whose rules hold.
type Client int

const (
	// NPM12 takes an entry of `files` for a glob from the package's root, and packs neither the shrinkwrap nor patches.
	NPM12 Client = iota
	// NPM11 takes an entry of `files` for a line of an ignore file.
	NPM11
)

// File is a regular file of the package.
type File struct {
	Path string // below the package's root, with slashes
	Mode int64  // as it stands in the tarball
	Size int64  // bytes
}

// Options are what a list depends on besides the directory.
type Options struct {
	Client Client
	// Count is told each file; its error ends the list. Nil counts nothing.
	Count func(path string, size int64) error
	// Link is told each symbolic link that would be packed if it were a file. Nil hears of none.
	Link func(path string)
}

// maxWrong is how many files that must not be packed are reported.
const maxWrong = 10

// List returns what is packed of the directory dir, whose package.json is pkg. Names that are not unpacked everywhere as what they are
// are an error, all of them at once.
func List(ctx context.Context, dir string, pkg *packagejson.Package, o Options) (files []File, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	w := walk{dir: dir, root: root, pkg: pkg, client: o.Client, count: o.Count, link: o.Link}
	if w.above, err = aboveMember(dir); err != nil {
		return nil, err
	}
	if w.workspaces, err = hasMembers(root, pkg.Document["workspaces"]); err != nil {
		return nil, err
	}
	if w.bins, err = commands(root, pkg); err != nil {
		return nil, err
	}
	if err := w.enter(ctx, ".", nil, false); err != nil {
		return nil, err
	}
	if len(w.wrong) > maxWrong {
		w.wrong = append(w.wrong[:maxWrong], fmt.Errorf("and %d more", len(w.wrong)-maxWrong))
	}
	if err := errors.Join(w.wrong...); err != nil {
		return nil, err
	}
	slices.SortFunc(w.found, func(a, b File) int { return comparePaths(a.Path, b.Path) })
	return w.found, nil
}

// commands are the files that package.json makes commands of: those of bin or, where there is none, all below directories.bin.
func commands(root *os.Root, pkg *packagejson.Package) ([]string, error) {
	var bins []string
	for _, target := range pkg.Bin {
		bins = append(bins, target)
	}
	directories, _ := pkg.Document["directories"].(map[string]any)
	below := packagejson.Inside(packagejson.Text(directories["bin"]))
	if packagejson.Truthy(pkg.Document["bin"]) || packagejson.Text(directories["bin"]) == "" || below == "" {
		slices.Sort(bins)
		return bins, nil
	}
	var found []string
	err := fs.WalkDir(root.FS(), below, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && path == below && !entry.IsDir():
			return fs.SkipAll
		case err != nil:
			return unreadable(path, err)
		case path != below && entry.Name()[0] == '.':
			if entry.IsDir() {
				return fs.SkipDir
			}
		case path != below:
			found = append(found, strings.TrimPrefix(path, below+"/"))
		}
		return nil
	})
	for _, file := range packagejson.BinFolder(found) {
		bins = append(bins, below+"/"+file)
	}
	slices.Sort(bins)
	return bins, err
}

// mode is a file's mode in the tarball, its special bits included: readable and writable by its owner, writable by nobody else, and
// executable where it is one of the package's commands.
func (w *walk) mode(path string, mode fs.FileMode) int64 {
	bits := int64(mode.Perm())
	for special, bit := range map[fs.FileMode]int64{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if mode&special != 0 {
			bits |= bit
		}
	}
	if slices.Contains(w.bins, path) {
		bits |= 0o111
	}
	return (bits | 0o600) &^ 0o022
}
