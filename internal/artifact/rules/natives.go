package rules

import (
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// natives parts the package's executables and shared objects into those that are started, which have to run where the package
// installs, and others that lie beside them. Started are those that bin, main or exports name. Where these name none, in a platform's
// package: every executable, or where there is none, every shared object.
func (s *subject) natives() (started, others []artifact.File) {
	named := s.named()
	var programs, all []artifact.File
	for _, f := range s.files {
		switch {
		case f.Native == nil:
			continue
		case named[f.Path]:
			started = append(started, f)
		case f.Native.Started || f.Native.Format == native.WebAssembly:
			programs = append(programs, f)
		}
		all = append(all, f)
	}
	switch {
	case len(started) > 0 || !s.want.Binary:
	case len(programs) > 0:
		started = programs
	default:
		return all, nil
	}
	isStarted := func(f artifact.File) bool {
		return slices.ContainsFunc(started, func(other artifact.File) bool { return other.Path == f.Path })
	}
	return started, slices.DeleteFunc(all, isStarted)
}

// named are the paths that bin, main and exports start, with what Node.js may append to them.
func (s *subject) named() map[string]bool {
	named := map[string]bool{}
	add := func(target string) {
		at := packagejson.Inside(target)
		named[at], named[at+".node"], named[path.Join(at, "index.node")] = true, true, true
	}
	for _, target := range s.pkg.Bin {
		add(target)
	}
	if s.pkg.Main != "" {
		add(s.pkg.Main)
	}
	for _, target := range exportPaths(s.pkg.Document["exports"], 0) {
		add(target)
	}
	return named
}

// exportPaths lists the paths of exports, through its conditions. Patterns name no file.
func exportPaths(exports any, depth int) (paths []string) {
	if depth > 32 {
		return nil
	}
	switch exports := exports.(type) {
	case string:
		if !strings.Contains(exports, "*") {
			paths = append(paths, exports)
		}
	case []any:
		for _, element := range exports {
			paths = append(paths, exportPaths(element, depth+1)...)
		}
	case map[string]any:
		for _, key := range sortedKeys(exports) {
			paths = append(paths, exportPaths(exports[key], depth+1)...)
		}
	}
	return paths
}

// everywhere tells whether a started file has to run on every machine that the package installs on: a command, the main file, and a
// platform's only one. Of several others each has to run on some.
func (s *subject) everywhere(f artifact.File, started int) bool {
	return s.isCommand(f.Path) || s.pkg.Main != "" && packagejson.Inside(s.pkg.Main) == f.Path || started == 1 && s.want.Binary
}
