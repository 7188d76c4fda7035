package rules

import (
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// platform compares os, cpu and libc with the state file's.
func platform(s *subject) []finding {
	have, want := s.pkg.Platform, s.want.Platform
	var found []finding
	for _, list := range []struct {
		field      string
		have, want []string
	}{{"os", have.OS, want.OS}, {"cpu", have.CPU, want.CPU}, {"libc", have.Libc, want.Libc}} {
		if len(list.want) > 0 && !spec.SameSet(list.have, list.want) {
			found = append(found, refuse("correct its package.json or the state file",
				"its %s is %s where %s is wanted", list.field, listed(list.have), listed(list.want)))
		}
	}
	return found
}

func listed(values []string) string {
	if len(values) == 0 {
		return "not given"
	}
	return "[" + strings.Join(values, ", ") + "]"
}
