package packlist

import (
	"context"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// walk goes through the directory.
type walk struct {
	dir        string
	root       *os.Root
	pkg        *packagejson.Package
	client     Client
	count      func(path string, size int64) error
	link       func(path string)
	above      []string // lines of the ignore files between the workspace's root and this member of it
	workspaces bool     // the package has members itself
	bins       []string
	named      []string // paths that `files` names one by one, for npm 11
	found      []File
	wrong      []error // files that must not be packed
}

// enter lists the directory at dir ("." at the root) below parent.
func (w *walk) enter(ctx context.Context, dir string, parent *folder, exact bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := fs.ReadDir(w.root.FS(), dir)
	if err != nil {
		return unreadable(dir, err)
	}
	here := &folder{parent: parent, name: path.Base(dir), exact: exact}
	if here.rules, err = w.rules(dir, entries); err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.Contains(name, "*") { // npm packs none of these, as they are no names on Windows
			continue
		}
		asFile, asFolder := here.includes(name, false, ""), here.includes(name, true, "")
		below := path.Join(dir, name)
		takesFile, takesFolder := entry.Type().IsRegular() && asFile, entry.IsDir() && asFolder
		if takesFile || takesFolder {
			if err := CheckPath(below); err != nil {
				w.wrong = append(w.wrong, err)
				continue
			}
		}
		switch {
		case entry.Type()&fs.ModeSymlink != 0 && asFile && w.link != nil && CheckPath(below) == nil:
			w.link(below)
		case takesFile:
			if err := w.add(below, entry); err != nil {
				return err
			}
		case takesFolder:
			if err := w.enter(ctx, below, here, asFile || here.includes(name+"/", false, "")); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) add(path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return unreadable(path, err)
	}
	if w.count != nil {
		if err := w.count(path, info.Size()); err != nil {
			return err
		}
	}
	w.found = append(w.found, File{Path: path, Mode: w.mode(path, info.Mode()), Size: info.Size()})
	return nil
}

// rules collects what holds from dir on, in rising precedence.
func (w *walk) rules(dir string, entries []fs.DirEntry) (rules []rule, err error) {
	has := func(name string) bool {
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name })
	}
	add := func(source string, lines ...string) {
		if err == nil {
			var more []rule
			more, err = newRules(source, lines)
			rules = append(rules, more...)
		}
	}
	addIgnored := func() {
		lines, source, errRead := w.ignoreFile(dir, has)
		if err == nil {
			err = errRead
		}
		add(source, lines...)
	}
	add("", defaultRules()...)
	if dir == "." {
		add("of an ignore file of its workspace", w.above...)
		general, strict, errFiles := w.filesRules()
		if errFiles != nil {
			return nil, errFiles
		}
		add("of `files`", general...)
		if !w.pkg.HasFiles {
			addIgnored()
		}
		add("of package.json", append(strict, w.strictRules()...)...)
		return rules, err
	}
	addIgnored()
	strict := []string{"/.git"}
	for _, name := range w.named {
		if path.Dir(name) == dir && path.Dir(dir) == "." { // npm 11 loses sight of what is deeper
			strict = append(strict, "!"+path.Base(name))
		}
	}
	add("of `files`", strict...)
	return rules, err
}

// ignoreFile returns the lines of dir's .npmignore, or else of its .gitignore. Below a package that has workspaces, npm takes any
// package.json for an ignore file that stands before both.
func (w *walk) ignoreFile(dir string, has func(name string) bool) (lines []string, source string, err error) {
	for _, name := range []string{"package.json", ".npmignore", ".gitignore"} {
		if !has(name) || name == "package.json" && (dir == "." || !w.workspaces) {
			continue
		}
		lines, err = readLines(w.dir, path.Join(dir, name))
		return lines, "of " + path.Join(dir, name), err
	}
	return nil, "", nil
}
