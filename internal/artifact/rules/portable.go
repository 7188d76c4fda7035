package rules

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// portable warns of names that another system than the one it was packed on takes for something else, where the package
// installs there.
func portable(s *subject) (found []finding) {
	windows := s.installsOn("win32")
	if windows || s.installsOn("darwin") {
		if files := collisions(s.files); len(files) > 0 {
			found = append(found, warn("rename them", "it holds files of which Windows or macOS keep one only: %s", few(files, byPath)))
		}
	}
	if windows {
		files := s.those(func(f artifact.File) bool {
			return slices.ContainsFunc(strings.Split(f.Path, "/"), impossibleOnWindows)
		})
		if len(files) > 0 {
			found = append(found, warn("rename them", "it holds files that Windows cannot keep by their names: %s", few(files, byPath)))
		}
	}
	return found
}

// installsOn tells whether npm installs the package on a system.
func (s *subject) installsOn(system string) bool {
	systems := s.want.Platform.OS
	if len(systems) == 0 {
		systems = s.pkg.Platform.OS
	}
	return spec.Admits(systems, system)
}

// collisions are the files whose paths differ by case or by the composition of their letters only, and those that are a folder
// then. They stand beside each other.
func collisions(files []artifact.File) (found []artifact.File) {
	type folded struct {
		path string // with a slash that comes before all other characters
		file artifact.File
	}
	all := make([]folded, len(files))
	for i, f := range files {
		same := strings.ToLower(strings.ToUpper(norm.NFC.String(f.Path)))
		all[i] = folded{strings.ReplaceAll(same, "/", "\x00"), f}
	}
	slices.SortFunc(all, func(a, b folded) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.file.Path, b.file.Path))
	})
	for i := 1; i < len(all); i++ {
		before, here := all[i-1], all[i]
		if here.path != before.path && !strings.HasPrefix(here.path, before.path+"\x00") {
			continue
		}
		if len(found) == 0 || found[len(found)-1].Path != before.file.Path {
			found = append(found, before.file)
		}
		found = append(found, here.file)
	}
	return found
}

// impossibleOnWindows tells whether a name is a device's there, ends in what is cut off, or has characters that none may have.
func impossibleOnWindows(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimRight(stem, " ")
	isPort := len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '0' && stem[3] <= '9'
	return isPort || slices.Contains([]string{"con", "prn", "aux", "nul", "conin$", "conout$"}, stem) ||
		strings.ContainsAny(name, `<>:"|?*`) || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ")
}
