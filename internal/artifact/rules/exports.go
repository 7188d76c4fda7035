package rules

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// exports looks for the files that package.json's exports name. Node looks at no others for those who import the package.
func exports(s *subject) []finding {
	value, ok := s.pkg.Document["exports"]
	if !ok || value == nil {
		return nil
	}
	e := &exported{subject: s, judge: refuse}
	if s.runsAlone() {
		e.judge = warn
	}
	paths, isObject := value.(map[string]any)
	subpaths := 0
	for key := range paths {
		if strings.HasPrefix(key, ".") {
			subpaths++
		}
	}
	switch {
	case isObject && subpaths > 0 && subpaths < len(paths):
		e.found = append(e.found, e.judge("put the conditions below \".\"",
			"its exports mix paths (\".\") with conditions, which Node refuses as a whole"))
	case subpaths > 0:
		for _, at := range sortedKeys(paths) {
			e.look(at, paths[at], nodes, strings.Count(at, "*") == 1)
		}
	default:
		e.look(".", value, nodes, false)
	}
	return e.found
}

// exported goes through exports.
type exported struct {
	*subject
	judge    func(next, format string, args ...any) finding
	found    []finding
	patterns int
}

// audience is who takes what stands below a condition.
type audience int

const (
	nodes  audience = iota // Node
	others                 // bundlers, other runtimes
	types                  // compilers of TypeScript
)

// below tells who takes what stands below a condition that the audience meets.
func (a audience) below(condition string) audience {
	nodeKnows := []string{"default", "import", "require", "node", "module-sync", "node-addons"}
	switch {
	case condition == "types" || strings.HasPrefix(condition, "types@"):
		return types
	case a == nodes && !slices.Contains(nodeKnows, condition):
		return others
	}
	return a
}

// look judges the target of a path: a string, the first valid one of a list, what stands below conditions, or null.
func (e *exported) look(at string, target any, by audience, pattern bool) {
	if len(e.found) >= mostTold {
		return
	}
	switch target := target.(type) {
	case string:
		e.file(at, target, by, pattern)
	case []any:
		for _, element := range target {
			if text, isText := element.(string); isText && !strings.HasPrefix(text, "./") {
				continue // Node passes it over
			}
			e.look(at, element, by, pattern)
			return
		}
	case map[string]any:
		for _, condition := range sortedKeys(target) {
			e.look(at, target[condition], by.below(condition), pattern)
		}
	}
}

// file judges one target. What Node does not take is a warning.
func (e *exported) file(at, target string, by audience, pattern bool) {
	judge := e.judge
	if by != nodes {
		judge = warn
	}
	parts := strings.Split(target, "/")
	switch {
	case parts[0] != "." || slices.ContainsFunc(parts[1:], func(p string) bool { return p == "." || p == ".." || p == "node_modules" }):
		e.found = append(e.found, judge("write it as a path that starts with ./", "its exports name %s for %q, which Node refuses", target, at))
	case pattern && strings.Contains(target, "*"):
		if !e.anyLike(target) {
			e.found = append(e.found, judge(buildThem, "its exports name %s for %q, and none of its files is like that", target, at))
		}
	case strings.HasSuffix(target, "/"): // a form of old: the folder, whatever is in it
		if !e.anyLike(target + "*") {
			e.found = append(e.found, judge(buildThem, "its exports name the folder %s for %q, and none of its files is in it", target, at))
		}
	case !e.has(strings.TrimPrefix(target, "./")):
		e.found = append(e.found, judge(buildThem, "its exports name %s for %q, which is not among its files", target, at))
	}
}

// mostPatterns bounds the time that exports of any origin take, as each pattern is compared with all files.
const mostPatterns = 200

// anyLike tells whether a file fits a pattern; only its first star stands for something that Node looks up itself.
func (e *exported) anyLike(pattern string) bool {
	if e.patterns++; e.patterns > mostPatterns {
		return true
	}
	before, after, _ := strings.Cut(strings.TrimPrefix(pattern, "./"), "*")
	after, _, several := strings.Cut(after, "*")
	return slices.ContainsFunc(e.files, func(f artifact.File) bool {
		rest, ok := strings.CutPrefix(f.Path, before)
		return ok && (strings.HasSuffix(rest, after) || several && strings.Contains(rest, after)) && len(rest) >= len(after)
	})
}
