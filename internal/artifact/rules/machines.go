package rules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
)

// machines are those that the package installs on: by the state file, where it is silent by the package.json.
type machines struct {
	systems, cpus, libcs []string // nil: any
	correct              string   // what else than the build may be wrong
}

func (s *subject) machines() machines {
	want := s.want.Platform
	m := machines{systems: positive(want.OS), cpus: positive(want.CPU), libcs: positive(want.Libc)}
	for _, list := range []struct {
		wanted *[]string
		has    []string
	}{{&m.systems, s.pkg.Platform.OS}, {&m.cpus, s.pkg.Platform.CPU}, {&m.libcs, s.pkg.Platform.Libc}} {
		if has := positive(list.has); len(*list.wanted) == 0 && len(has) > 0 {
			*list.wanted = has
			m.correct = ", or correct os, cpu and libc of its package.json"
		}
	}
	switch onLinux := slices.Contains(m.systems, "linux"); {
	case !onLinux && len(m.systems) > 0:
		m.libcs = nil
	case onLinux && len(m.libcs) == 0 && s.want.Binary:
		m.libcs = []string{map[bool]string{true: "musl", false: "glibc"}[cmp.Or(s.want.Name, s.Name()).SaysMusl()]}
	}
	return m
}

// positive leaves out what a list of npm's shuts out ("!win32"), and the word that takes all.
func positive(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return strings.HasPrefix(s, "!") || s == "any" })
}

// lacks returns those of the systems, cpus and libcs of m that a file does not run on.
func (m machines) lacks(n *native.Native) (systems, cpus, libcs []string) {
	for _, system := range m.systems {
		if n.Systems != nil && native.Judged(system) && !slices.Contains(n.Systems, system) {
			systems = append(systems, system)
		}
	}
	for _, cpu := range m.cpus {
		if n.CPUs != nil && !slices.Contains(n.CPUs, cpu) {
			cpus = append(cpus, cpu)
		}
	}
	for _, libc := range m.libcs {
		if slices.ContainsFunc(n.Libcs, func(needed string) bool { return needed != libc }) {
			libcs = append(libcs, libc)
		}
	}
	return systems, cpus, libcs
}

// fits tells whether a file runs on some of the machines.
func (m machines) fits(n *native.Native) bool {
	systems, cpus, libcs := m.lacks(n)
	all := func(lacking, of []string) bool { return len(of) > 0 && len(lacking) == len(of) }
	return !all(systems, m.systems) && !all(cpus, m.cpus) && !all(libcs, m.libcs)
}

// each calls f for every single machine.
func (m machines) each(f func(machines)) {
	or := func(list []string) [][]string {
		if len(list) == 0 {
			return [][]string{nil}
		}
		return slices.Collect(slices.Chunk(list, 1))
	}
	for _, system := range or(m.systems) {
		libcs := [][]string{nil}
		if system == nil || system[0] == "linux" {
			libcs = or(m.libcs)
		}
		for _, cpu := range or(m.cpus) {
			for _, libc := range libcs {
				f(machines{systems: system, cpus: cpu, libcs: libc})
			}
		}
	}
}

// String writes one machine as "linux/x64/musl".
func (m machines) String() string {
	return strings.Join(slices.Concat(m.systems, m.cpus, m.libcs), "/")
}
