package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
)

// executables looks whether a platform's package holds one, and whether what it holds runs where it is installed.
func executables(s *subject) []finding {
	if !s.want.Binary {
		return nil
	}
	var found []finding
	natives := 0
	for _, f := range s.files {
		if f.Native != nil {
			natives++
			found = append(found, misfits(f, s.want)...)
		}
	}
	if natives == 0 {
		return []finding{refuse("a platform's package brings one: build it",
			"it holds no native executable (ELF, Mach-O, PE or WebAssembly) among its files (%d)", len(s.files))}
	}
	return found
}

// misfits says why f does not run where the package installs.
func misfits(f artifact.File, want Want) []finding {
	n := f.Native
	var found []finding
	for _, system := range want.Platform.OS {
		if n.Systems != nil && native.Judged(system) && !slices.Contains(n.Systems, system) {
			found = append(found, refuse("put the right build there", "%s runs on %s (%s), in a package for %s",
				f.Path, strings.Join(n.Systems, ", "), n.Format, system))
		}
	}
	for _, cpu := range want.Platform.CPU {
		if n.CPUs != nil && !slices.Contains(n.CPUs, cpu) {
			found = append(found, refuse("put the right build there", "%s is built for %s, in a package for %s",
				f.Path, strings.Join(n.CPUs, ", "), cpu))
		}
	}
	if n.Libc != "" && slices.Contains(want.Platform.OS, "linux") {
		if libcs := want.libcs(); !slices.Contains(libcs, n.Libc) {
			found = append(found, refuse("put the right build there, or give the package's libc in the state file",
				"%s needs %s, in a package for %s", f.Path, n.Libc, strings.Join(libcs, ", ")))
		}
	}
	if n.Started && f.Mode&0o111 == 0 && !slices.Contains(want.Platform.OS, "win32") {
		found = append(found, refuse("chmod +x it, or name it in bin", "%s is an executable whose mode is %s",
			f.Path, fmt.Sprintf("%04o", f.Mode)))
	}
	return found
}

// libcs are those of the package: as wanted, else by its name.
func (w Want) libcs() []string {
	switch {
	case len(w.Platform.Libc) > 0:
		return w.Platform.Libc
	case strings.Contains(w.Name.Base(), "musl"):
		return []string{"musl"}
	}
	return []string{"glibc"}
}
