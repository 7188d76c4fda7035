package desired

import (
	"fmt"
	"path"
	"strings"
)

// folderGlob is a pattern of workspace folders: path.Match's for each part of a path, and ** for any number of parts.
type folderGlob []string

// newFolderGlobs reads one entry of a workspaces list. Braces stand for several patterns: "./packages/{a,b}/*".
func newFolderGlobs(pattern string) []folderGlob {
	if open := strings.IndexByte(pattern, '{'); open >= 0 {
		if length := strings.IndexByte(pattern[open:], '}'); length > 0 {
			var globs []folderGlob
			for choice := range strings.SplitSeq(pattern[open+1:open+length], ",") {
				globs = append(globs, newFolderGlobs(pattern[:open]+choice+pattern[open+length+1:])...)
			}
			return globs
		}
	}
	return []folderGlob{strings.Split(path.Clean(pattern), "/")}
}

// checkGlobs returns what is wrong with patterns. Without it a wrong pattern would silently match nothing.
func checkGlobs(globs []folderGlob) (failures []error) {
	for _, glob := range globs {
		pattern := strings.Join(glob, "/")
		if _, err := path.Match(pattern, ""); err != nil {
			failures = append(failures, fmt.Errorf("the pattern %q: %w", pattern, err))
		}
		if glob[0] == ".." || glob[0] == "" {
			failures = append(failures, fmt.Errorf("the pattern %q leads out of the workspace", pattern))
		}
	}
	return failures
}

// match tells whether folder fits, and whether a folder below it could fit.
func (g folderGlob) match(folder []string) (fits, below bool) {
	switch {
	case len(g) > 0 && g[0] == "**":
		if fits, _ = g[1:].match(folder); len(folder) > 0 && !fits {
			deeper, _ := g.match(folder[1:])
			fits = deeper
		}
		return fits, true
	case len(folder) == 0:
		return len(g) == 0, len(g) > 0
	case len(g) == 0:
		return false, false
	}
	if ok, err := path.Match(g[0], folder[0]); err != nil || !ok {
		return false, false
	}
	return g[1:].match(folder[1:])
}
