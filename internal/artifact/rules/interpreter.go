package rules

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
)

// interpreter looks whether the dynamic linker of an executable stands where other machines have theirs.
func interpreter(s *subject) (found []finding) {
	started, others := s.natives()
	for i, f := range slices.Concat(started, others) {
		if at := f.Native.Interpreter; at != "" && !usual(at) {
			found = append(found, finding{i < len(started),
				fmt.Sprintf("%s is started by %.200q, which other machines do not have", f.Path, at),
				"build it elsewhere, or give it the usual one: patchelf --set-interpreter " + usualFor(f) + " " + f.Path})
		}
	}
	return found
}

// usual tells whether a dynamic linker stands in a folder that systems keep theirs in.
func usual(at string) bool {
	if path.Clean(at) != at || !strings.HasPrefix(at, "/") {
		return false
	}
	first, rest, _ := strings.Cut(at[1:], "/")
	if first == "usr" {
		first, rest, _ = strings.Cut(rest, "/")
		if first == "local" {
			return false
		}
	}
	folders := []string{"lib", "lib32", "lib64", "libx32", "libo32", "libexec", "system", "apex"}
	return rest != "" && slices.Contains(folders, first)
}

// usualFor is the usual dynamic linker for a file, or what to put there.
func usualFor(f artifact.File) string {
	if len(f.Native.CPUs) == 1 && len(f.Native.Libcs) == 1 {
		if at := native.Interpreter(f.Native.CPUs[0], f.Native.Libcs[0]); at != "" {
			return at
		}
	}
	return "PATH"
}
