package rules

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// coverage looks, in a platform's package with several executables, whether each machine that it installs on has one that runs there.
func coverage(s *subject) []finding {
	m := s.machines()
	started, _ := s.natives()
	isSuch := func(fits func(artifact.File) bool) bool { return slices.ContainsFunc(started, fits) }
	switch {
	case !s.want.Binary,
		isSuch(func(f artifact.File) bool { return s.everywhere(f, len(started)) }),
		!isSuch(func(f artifact.File) bool { return m.fits(f.Native) }): // the rules about each file have it
		return nil
	}
	var lacking []string
	m.each(func(one machines) {
		if !isSuch(func(f artifact.File) bool { return one.fits(f.Native) }) {
			lacking = append(lacking, one.String())
		}
	})
	if len(lacking) == 0 {
		return nil
	}
	return []finding{refuse("add a build for it, or take it out of what the package says that it is for",
		"none of its %d executables runs on %s", len(started), strings.Join(lacking, ", "))}
}

// beside warns of executables that do not run where the package installs, and that are not what is started.
func beside(s *subject) []finding {
	m, named := s.machines(), s.named()
	started, others := s.natives()
	if len(started) == 0 {
		started, others = others, nil
	}
	if slices.ContainsFunc(started, func(f artifact.File) bool { return m.fits(f.Native) }) {
		for _, f := range started {
			if !named[f.Path] {
				others = append(others, f)
			}
		}
	}
	var strangers []string
	for _, f := range others {
		if !m.fits(f.Native) {
			strangers = append(strangers, f.Path)
		}
	}
	if len(strangers) == 0 {
		return nil
	}
	return []finding{warn("leave out what is not needed",
		"%d of its executables and shared objects do not run where it installs: %s", len(strangers), someOf(strangers))}
}
