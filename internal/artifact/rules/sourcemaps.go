package rules

import (
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// sources warns of source maps that bring the sources along. A library's are for those who debug it; a command's are for
// nobody, and larger than the command.
func sources(s *subject) []finding {
	files := s.unless(sourceMaps(s))
	if len(files) == 0 {
		return nil
	}
	size := int64(0)
	for _, f := range files {
		size += f.Size
	}
	return []finding{warn("build without them; if they are meant, name them under artifactAllow in the state file",
		"it holds the sources, in %d source maps of %s: %s", len(files), words.Size(size), few(files, byPath))}
}

// sourceMaps are those of an entry or a platform that have the sources in them.
func sourceMaps(s *subject) []artifact.File {
	if !s.want.Binary && s.want.OptionalDependencies == nil {
		return nil
	}
	return s.those(func(f artifact.File) bool { return f.Sources })
}
