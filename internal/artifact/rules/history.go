package rules

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// history refuses a repository's own folder: all that was ever committed is in it, and often the credential of its remote.
func history(s *subject) []finding {
	files := s.unless(historyFiles(s))
	if len(files) == 0 {
		return nil
	}
	return []finding{refuse(s.leaveOut(), "it holds a repository's history: %s", few(files, byPath))}
}

func historyFiles(s *subject) []artifact.File {
	return s.those(func(f artifact.File) bool { return isBelow(f, ".git", ".hg", ".svn") })
}

// isBelow tells whether a file is in a folder of one of these names.
func isBelow(f artifact.File, folders ...string) bool {
	parts := strings.Split(f.Path, "/")
	return slices.ContainsFunc(parts[:len(parts)-1], func(part string) bool { return slices.Contains(folders, part) })
}
