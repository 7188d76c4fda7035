package rules

import (
	"path"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// links refuses commands and a main file that are symbolic links, or lie behind one: links are never packed.
func links(s *subject) (found []finding) {
	if s.Packed() {
		return nil
	}
	check := func(what, target string) {
		for at := packagejson.Inside(target); at != "." && at != ""; at = path.Dir(at) {
			if s.Linked(at) {
				found = append(found, refuse("put the file itself there",
					"%s is %s, and %s is a symbolic link, which npm does not pack", what, target, at))
				return
			}
		}
	}
	for _, command := range sortedKeys(s.pkg.Bin) {
		check("its command "+command, s.pkg.Bin[command])
	}
	check("its main file", s.pkg.Main)
	return found
}
