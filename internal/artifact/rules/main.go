package rules

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// mainFiles looks for the files that package.json names for those who import the package, other than by exports.
func mainFiles(s *subject) (found []finding) {
	if main := s.pkg.Main; main != "" {
		found = append(found, s.mainFile(main)...)
	}
	for _, field := range []string{"module", "browser", "types", "typings"} {
		missing := func(target string) {
			found = append(found, warn(buildThem, "its %s is %s, which is not among its files", field, target))
		}
		switch value := s.pkg.Document[field].(type) {
		case string:
			endings := []string{""}
			switch field {
			case "types", "typings":
				endings = []string{"", ".d.ts", "/index.d.ts"}
			case "browser":
				endings = nodeEndings()
			}
			if value != "" && !s.hasAny(value, endings) {
				missing(value)
			}
		case map[string]any: // of browser: file to the file that takes its place
			for _, from := range sortedKeys(value) {
				if to := packagejson.Text(value[from]); strings.HasPrefix(to, "./") && !s.hasAny(to, nodeEndings()) {
					missing(to)
				}
			}
		}
	}
	if len(found) > mostTold {
		found = found[:mostTold]
	}
	return found
}

const (
	buildThem = "build it, or let files in package.json take it in"
	mostTold  = 10 // problems of one rule
)

func (s *subject) mainFile(main string) []finding {
	_, hasExports := s.pkg.Document["exports"]
	switch {
	case s.hasAny(main, nodeEndings()):
		return nil
	case !strings.HasPrefix(main, "/") && s.hasAny(".", nodeEndings()[4:]):
		return []finding{warn(buildThem, "its main is %s, which is not among its files: Node takes its index.js instead, with a warning", main)}
	case s.runsAlone() || hasExports && s.pkg.Document["exports"] != nil: // by exports, main is for old tools only
		return []finding{warn(buildThem, "its main is %s, which is not among its files", main)}
	}
	return []finding{refuse(buildThem, "its main is %s, which is not among its files, so that it cannot be imported", main)}
}

// runsAlone tells whether the package is an entry with a command that is there: then hardly anybody imports it.
func (s *subject) runsAlone() bool {
	return !s.want.Binary && len(s.want.Members) > 0 && slices.ContainsFunc(slices.Collect(maps.Values(s.pkg.Bin)), s.has)
}

// nodeEndings are what Node adds to the path of a main file, or of a required one, until it finds a file.
func nodeEndings() []string {
	return []string{"", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"}
}

// hasAny tells whether a path of package.json, or what an ending makes of it, is a file of the package.
func (s *subject) hasAny(target string, endings []string) bool {
	if path.IsAbs(target) {
		return false
	}
	folder := strings.HasSuffix(target, "/")
	clean := path.Clean(target)
	for _, ending := range endings {
		if folder && !strings.HasPrefix(ending, "/") {
			continue
		}
		if s.has(path.Clean(clean + ending)) {
			return true
		}
	}
	return false
}
