package packlist

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/glob"
)

// filesRules turns package.json's `files` into rules: general ones, and strict ones that nothing at the root overrules.
func (w *walk) filesRules() (general, strict []string, err error) {
	switch {
	case !w.pkg.HasFiles:
		return nil, nil, nil
	case w.client == NPM11:
		general, strict = w.linesOfFiles()
		return general, strict, nil
	}
	general, err = w.globsOfFiles()
	return general, nil, err
}

// linesOfFiles is npm 11's way: each entry is a line that takes back in, unless it names one file, which is packed in any case.
func (w *walk) linesOfFiles() (general, strict []string) {
	general = []string{"*"}
	for _, entry := range w.pkg.Files {
		if strings.HasPrefix(entry, "./") {
			entry = entry[1:]
		}
		if strings.HasSuffix(entry, "/*") {
			entry += "*"
		}
		switch w.kind(strings.TrimLeft(entry, "!")) {
		case regular:
			strict = append([]string{"!" + entry}, strict...)
			w.named = append(w.named, path.Clean(strings.TrimPrefix(entry, "/")))
		case directory:
			general = append(general, "!"+entry, "!"+entry+"/**")
		case absent: // then it is a pattern
			general = append(general, "!"+entry)
		}
	}
	return general, strict
}

// kind only looks at what is there, wherever the path leads.
func (w *walk) kind(name string) kind {
	name = strings.ReplaceAll(name, `\`, "/")
	info, err := os.Lstat(filepath.Join(w.dir, filepath.FromSlash(name)))
	switch {
	case err != nil:
		return absent
	case info.IsDir():
		return directory
	case !info.Mode().IsRegular():
		return other
	case strings.HasSuffix(name, "/"):
		return absent
	}
	return regular
}

// globsOfFiles is npm 12's way: each entry is a glob from the root, and what it finds is packed, folders with all that is in them.
// Case counts in it. What is found is a line of an ignore file again, so that npm loses a file like [id].js that a glob found.
func (w *walk) globsOfFiles() ([]string, error) {
	rules := []string{"*"}
	for _, entry := range w.pkg.Files {
		text, sign := entry, "!"
		if strings.HasPrefix(entry, "!") {
			text, sign = strings.TrimLeft(entry, "!"), ""
		}
		if text = fromRoot(text); text == "" {
			continue
		}
		pattern, err := glob.New(text, glob.Options{Dots: true, Plain: true, AnyForm: true})
		if err != nil {
			return nil, fmt.Errorf("%w (an entry of `files`)", err)
		}
		found := func(name string, entry fs.DirEntry) {
			if entry.Type().IsRegular() || entry.IsDir() {
				rules = append(rules, sign+"/"+name)
			}
			if entry.IsDir() {
				rules = append(rules, sign+"/"+name+"/**")
			}
		}
		if err := find(w.root, ".", pattern, found); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// find calls found with all below dir that the pattern takes. Links are not followed.
func find(root *os.Root, dir string, pattern glob.Pattern, found func(name string, entry fs.DirEntry)) error {
	entries, err := fs.ReadDir(root.FS(), dir)
	if err != nil {
		return unreadable(dir, err)
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		if pattern.Match(name) || pattern.Match(name+"/") { // what is named before a last "**" is found, too
			found(name, entry)
		}
		if entry.IsDir() && CheckPath(name) == nil && pattern.MatchBelow(name) {
			if err := find(root, name, pattern, found); err != nil {
				return err
			}
		}
	}
	return nil
}
