package rules

import (
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// Allow are the files that a state file lets a package have, though a rule about what must not leave is against them: patterns
// of paths in the package. One without a slash is a file's name in any folder.
type Allow struct {
	Own    []string // that it gives this package alone: one that nothing needs is a warning
	Shared []string // that it gives other packages, too, which may need it where this one does not
}

// objectionable are the rules about single files that must not leave, each with the files that it is against.
func objectionable() []func(*subject) []artifact.File {
	return []func(*subject) []artifact.File{secretFiles, historyFiles, sourceMaps, leftoverFiles}
}

// unless leaves out what the state file allows.
func (s *subject) unless(files []artifact.File) []artifact.File {
	patterns := slices.Concat(s.want.Allow.Own, s.want.Allow.Shared)
	return slices.DeleteFunc(files, func(f artifact.File) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool { return takes(pattern, f.Path) })
	})
}

// allowances warns of patterns that nothing needs: they may let through what comes later.
func allowances(s *subject) (found []finding) {
	for _, pattern := range s.want.Allow.Own {
		needed := false
		for _, files := range objectionable() {
			needed = needed || slices.ContainsFunc(files(s), func(f artifact.File) bool { return takes(pattern, f.Path) })
		}
		if !needed {
			found = append(found, warn("remove it there, or correct it",
				"artifactAllow in the state file has %q, and it holds nothing that needs it", pattern))
		}
	}
	return found
}

// takes tells whether a pattern is for a file. After a mismatch it goes back to the last "**" only: what stood before an earlier
// one may as well match there.
func takes(pattern, file string) bool {
	if !strings.Contains(pattern, "/") {
		return matches(pattern, path.Base(file))
	}
	segments, parts := strings.Split(pattern, "/"), strings.Split(file, "/")
	var again, from []string // behind the last "**", and what it has not swallowed
	for {
		switch {
		case len(segments) == 0 && len(parts) == 0:
			return true
		case len(segments) == 1 && segments[0] == "**":
			return len(parts) > 0
		case len(segments) > 0 && segments[0] == "**":
			segments = segments[1:]
			again, from = segments, parts
			continue
		case len(segments) > 0 && len(parts) > 0 && matches(segments[0], parts[0]):
			segments, parts = segments[1:], parts[1:]
			continue
		case again == nil || len(from) == 0:
			return false
		}
		from = from[1:]
		segments, parts = again, from
	}
}

func matches(pattern, part string) bool {
	ok, err := path.Match(pattern, part)
	return err == nil && ok
}
