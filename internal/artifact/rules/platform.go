package rules

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// platform compares os, cpu and libc with the state file's, by the machines that npm takes for them.
func platform(s *subject) []finding {
	have, want := s.pkg.Platform, s.want.Platform
	var found []finding
	for _, list := range []struct {
		field             string
		have, want, known []string
	}{
		{"os", have.OS, want.OS, spec.Systems()},
		{"cpu", have.CPU, want.CPU, spec.Processors()},
		{"libc", have.Libc, want.Libc, spec.Libcs()},
	} {
		switch unknown := unknownTo(list.known, list.have); {
		case len(list.want) > 0 && !spec.SameMachines(list.have, list.want, list.known):
			found = append(found, refuse("correct its package.json or the state file",
				"its %s is %s where %s is wanted", list.field, listed(list.have), listed(list.want)))
		case len(unknown) > 0:
			found = append(found, warn("take them out, or write npm's words: "+strings.Join(list.known, ", "),
				"its %s has values that no machine has: %s", list.field, strings.Join(unknown, ", ")))
		}
	}
	if others := notLinux(have); len(others) > 0 {
		found = append(found, refuse("take libc out of its package.json, or give Linux a package of its own",
			"its libc is %s, and npm installs nothing that has a libc on %s", listed(have.Libc), strings.Join(others, ", ")))
	}
	return found
}

// unknownTo returns the values of a list that are none of npm's words.
func unknownTo(known, list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(value string) bool {
		return value == "any" || slices.Contains(known, strings.TrimPrefix(value, "!"))
	})
}

// notLinux returns the systems of a package with a libc on which npm knows of no libc, and then takes none for fitting.
func notLinux(p spec.Platform) []string {
	if len(p.Libc) == 0 {
		return nil
	}
	return slices.DeleteFunc(positive(p.OS), func(system string) bool { return system == "linux" })
}

func listed(values []string) string {
	if len(values) == 0 {
		return "not given"
	}
	return "[" + strings.Join(values, ", ") + "]"
}
