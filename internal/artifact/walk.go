package artifact

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// walk lists what npm would pack of a directory: regular files only, by the rules of `files`, .npmignore and .gitignore.
// Ignore files above the directory are not looked for.
type walk struct {
	root  *os.Root
	pkg   *packagejson.Package
	named []string // paths that `files` names one by one
	found []File
	wrong []error // files that must not be packed
}

// maxWrong is how many files that must not be packed are reported.
const maxWrong = 10

func (w *walk) list(ctx context.Context) ([]File, error) {
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

// enter lists the directory at dir ("." at the root) below parent.
func (w *walk) enter(ctx context.Context, dir string, parent *folder, exact bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := fs.ReadDir(w.root.FS(), dir)
	if err != nil {
		return err
	}
	here := &folder{parent: parent, name: path.Base(dir), exact: exact}
	if here.rules, err = w.rules(dir, entries); err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		asFile, asFolder := here.includes(name, false, ""), here.includes(name, true, "")
		if strings.Contains(name, "*") { // npm packs none of these, as they are no names on Windows
			continue
		}
		below := path.Join(dir, name)
		takesFile, takesFolder := entry.Type().IsRegular() && asFile, entry.IsDir() && asFolder
		if takesFile || takesFolder {
			if err := checkPath(below); err != nil {
				w.wrong = append(w.wrong, err)
				continue
			}
		}
		switch {
		case takesFile:
			info, err := entry.Info()
			if err != nil {
				return err
			}
			w.found = append(w.found, File{Path: below, Mode: w.mode(below, info.Mode()), Size: info.Size()})
		case takesFolder:
			if err := w.enter(ctx, below, here, asFile || here.includes(name+"/", false, "")); err != nil {
				return err
			}
		}
	}
	return nil
}

// mode is the file's mode in the tarball: readable and writable by its owner, writable by nobody else, and executable
// where it is one of the package's commands.
func (w *walk) mode(path string, mode fs.FileMode) int64 {
	bits := int64(mode.Perm())
	for _, target := range w.pkg.Bin {
		if target == path {
			bits |= 0o111
		}
	}
	return (bits | 0o600) &^ 0o022
}

// rules collects what holds from dir on, in rising precedence.
func (w *walk) rules(dir string, entries []fs.DirEntry) ([]rule, error) {
	if dir != "." {
		strict := []string{"/.git"}
		for _, name := range w.named {
			if path.Dir(name) == dir {
				strict = append(strict, "!"+path.Base(name))
			}
		}
		ignored, err := w.ignoreFile(dir, entries)
		if err != nil {
			return nil, err
		}
		return newRules(slices.Concat(defaultRules(), ignored, strict)...)
	}

	general, strict, named, err := filesRules(w.pkg.Files, w.kind)
	if err != nil {
		return nil, err
	}
	w.named = named
	if !w.pkg.HasFiles {
		if general, err = w.ignoreFile(dir, entries); err != nil {
			return nil, err
		}
	}
	return newRules(slices.Concat(defaultRules(), general, strict, strictRules(w.pkg))...)
}

// ignoreFile returns the lines of dir's .npmignore, or else of its .gitignore.
func (w *walk) ignoreFile(dir string, entries []fs.DirEntry) ([]string, error) {
	for _, name := range []string{".npmignore", ".gitignore"} {
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
			continue
		}
		data, err := readText(w.root, path.Join(dir, name))
		if err != nil {
			return nil, err
		}
		return strings.Split(string(data), "\n"), nil
	}
	return nil, nil
}

func (w *walk) kind(name string) (pathKind, error) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if name == "" {
		return isFolder, nil
	}
	info, err := w.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err != nil && strings.ContainsAny(name, "*?[{"):
		return isAbsent, nil
	case err != nil:
		return isOther, err
	case info.IsDir():
		return isFolder, nil
	case info.Mode().IsRegular():
		return isFile, nil
	}
	return isOther, nil
}

// readText reads a small file; links are followed only as long as they stay inside of root.
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

// comparePaths orders as npm does, so that what compresses well together stands together: by extension, then by base
// name, then by path.
func comparePaths(a, b string) int {
	baseA, baseB := strings.ToLower(path.Base(a)), strings.ToLower(path.Base(b))
	return cmp.Or(compareText(extension(baseA), extension(baseB)), compareText(baseA, baseB), compareText(a, b))
}

// extension is that of a base name; a leading dot starts none.
func extension(base string) string {
	if dot := strings.LastIndex(base, "."); dot > 0 {
		return base[dot:]
	}
	return ""
}

// collation is the order of characters in English (Unicode's root collation): white space, punctuation, digits, letters.
const collation = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"

// compareText orders as a dictionary does: case decides only between texts that are otherwise equal, lower before upper.
// Letters beyond ASCII follow z by their code points.
func compareText(a, b string) int {
	weight := func(r rune) int {
		if i := strings.IndexRune(collation, r); i >= 0 {
			return i
		}
		return len(collation) + int(r)
	}
	byWeight := func(x, y rune) int { return cmp.Compare(weight(x), weight(y)) }
	letters := slices.CompareFunc([]rune(strings.ToLower(a)), []rune(strings.ToLower(b)), byWeight)
	return cmp.Or(letters, -strings.Compare(a, b))
}
