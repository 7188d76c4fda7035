package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Member is a platform of an entry's release.
type Member struct {
	Name     spec.Name
	Platform spec.Platform
	// Folder is where the build leaves it, below the entry's artifact: a path with slashes that may hold a pattern of package path,
	// "" where it is elsewhere.
	Folder string
}

// targets refuses an entry that npm does not install where one of its platforms runs.
func targets(s *subject) []finding {
	have := s.pkg.Platform
	var out []string
	for _, m := range s.want.Members {
		if why := shutsOut(have, m); why != "" {
			out = append(out, fmt.Sprintf("%s (%s)", m.Name, why))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return []finding{refuse("leave os, cpu and libc out of the entry's package.json, or take those platforms out of the state file",
		"npm does not install it where these of its platforms run: %s", someOf(out))}
}

// shutsOut says by what field an entry's package.json keeps a platform's users out; "" where it lets them in.
func shutsOut(have spec.Platform, m Member) string {
	for _, list := range []struct {
		field             string
		have, want, known []string
	}{{"os", have.OS, m.Platform.OS, spec.Systems()}, {"cpu", have.CPU, m.Platform.CPU, spec.Processors()}} {
		for _, value := range spec.Admitted(list.want, list.known) {
			if !spec.Admits(list.have, value) {
				return fmt.Sprintf("its %s is %s, not %s", list.field, listed(list.have), value)
			}
		}
	}
	if len(have.Libc) == 0 {
		return ""
	}
	// Elsewhere npm knows of no libc, and then takes none for fitting.
	if !slices.Contains(spec.Admitted(m.Platform.OS, spec.Systems()), "linux") {
		return fmt.Sprintf("its libc is %s, which nothing but Linux has", listed(have.Libc))
	}
	for _, libc := range m.libcs() {
		if spec.Admits(have.Libc, libc) {
			return ""
		}
	}
	return fmt.Sprintf("its libc is %s, not %s", listed(have.Libc), strings.Join(m.libcs(), " or "))
}

// libcs are those on which the platform's package may be meant to run: as the state file gives them, else by its name.
func (m Member) libcs() []string {
	switch {
	case len(m.Platform.Libc) > 0:
		return m.Platform.Libc
	case slices.Contains(strings.Split(m.Name.Base(), "-"), "musl"):
		return []string{"musl"}
	}
	return []string{"glibc", "musl"}
}

// someOf writes the first of a list.
func someOf(list []string) string {
	const most = 5
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
