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

func historyFiles(s *subject) []artifact.File { return s.below(".git", ".hg", ".svn") }

// below are the files in folders of these names.
func (s *subject) below(folders ...string) (found []artifact.File) {
	for _, f := range s.files {
		parts := strings.Split(f.Path, "/")
		if slices.ContainsFunc(parts[:len(parts)-1], func(part string) bool { return slices.Contains(folders, part) }) {
			found = append(found, f)
		}
	}
	return found
}
