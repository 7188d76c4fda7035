package rules

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// dropped warns of a directory's links, which npm leaves out without a word: a framework's Versions/Current, libx.so beside
// libx.so.1. Those that links refuses are not told again.
func dropped(s *subject) []finding {
	targets := []string{packagejson.Inside(s.pkg.Main)}
	for _, target := range s.pkg.Bin {
		targets = append(targets, packagejson.Inside(target))
	}
	var left []artifact.File
	for _, link := range s.Links() {
		isLed := func(target string) bool { return target == link || strings.HasPrefix(target, link+"/") }
		if !slices.ContainsFunc(targets, isLed) {
			left = append(left, artifact.File{Path: link})
		}
	}
	if len(left) == 0 {
		return nil
	}
	return []finding{warn("put the files themselves there, or leave the links out by .npmignore where nothing needs them",
		"it has symbolic links, which npm does not pack: %s", few(left, byPath))}
}
