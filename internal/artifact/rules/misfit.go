package rules

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// misfit is a started file that does not run on all machines that it has to run on, with what of them it lacks.
type misfit struct {
	artifact.File
	systems, cpus, libcs []string
	next                 string
}

func (s *subject) misfits() (found []misfit) {
	m, named := s.machines(), s.named()
	started, others := s.natives()
	if len(started) == 0 { // of a library's, that nothing names, some have to fit
		started = others
	}
	anyFits := slices.ContainsFunc(started, func(f artifact.File) bool { return m.fits(f.Native) })
	for _, f := range started {
		fits := m.fits(f.Native)
		if !s.everywhere(f, len(started)) && (fits || anyFits && !named[f.Path]) {
			continue
		}
		lacks := misfit{File: f, next: "put the right build there" + m.correct}
		if fits {
			lacks.next = "build it for these, too (lipo joins two builds for macOS), or take them out of what the package says that it is for"
		}
		lacks.systems, lacks.cpus, lacks.libcs = m.lacks(f.Native)
		found = append(found, lacks)
	}
	return found
}

// system compares the system that what is started is for with those that the package installs on.
func system(s *subject) (found []finding) {
	for _, f := range s.misfits() {
		if len(f.systems) > 0 {
			found = append(found, refuse(f.next, "%s runs on %s (%s), in a package for %s",
				f.Path, strings.Join(f.Native.Systems, ", "), f.Native.Format, strings.Join(f.systems, ", ")))
		}
	}
	return found
}

// processor does the same with processors.
func processor(s *subject) (found []finding) {
	for _, f := range s.misfits() {
		if len(f.cpus) > 0 {
			found = append(found, refuse(f.next, "%s is built for %s, in a package for %s",
				f.Path, strings.Join(f.Native.CPUs, ", "), strings.Join(f.cpus, ", ")))
		}
	}
	return found
}

// libc does the same with the C library of Linux.
func libc(s *subject) (found []finding) {
	for _, f := range s.misfits() {
		if len(f.libcs) > 0 {
			found = append(found, refuse(f.next+"; where it is the right one, give the package's libc in package.json and in the state file",
				"%s needs %s, in a package for %s", f.Path, strings.Join(f.Native.Libcs, " and "), strings.Join(f.libcs, ", ")))
		}
	}
	return found
}
