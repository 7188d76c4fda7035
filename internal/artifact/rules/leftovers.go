package rules

import (
	"path"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// leftovers warns of what macOS puts beside the files that it archives.
func leftovers(s *subject) []finding {
	files := s.unless(leftoverFiles(s))
	if len(files) == 0 {
		return nil
	}
	next := "leave them out, by files in its package.json or by .npmignore"
	if s.Packed() {
		next = "pack it again with npm pack, or with COPYFILE_DISABLE=1 where tar packs it on macOS"
	}
	return []finding{warn(next, "it holds what macOS keeps beside files and is of use to nobody else: %s", few(files, byPath))}
}

func leftoverFiles(s *subject) []artifact.File {
	return s.those(func(f artifact.File) bool {
		return f.AppleDouble || path.Base(f.Path) == ".DS_Store" || isBelow(f, "__MACOSX")
	})
}
