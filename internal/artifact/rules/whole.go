package rules

import (
	"fmt"
	"slices"
)

// whole looks for executables that are cut off: their own headers tell of more than the file has.
func whole(s *subject) (found []finding) {
	started, others := s.natives()
	for i, f := range slices.Concat(started, others) {
		if f.Native.Cut == "" {
			continue
		}
		// A library may hold such a file on purpose, for its tests.
		found = append(found, finding{s.want.Binary || i < len(started),
			fmt.Sprintf("%s is cut off: %s, and the file at byte %d", f.Path, f.Native.Cut, f.Size),
			"copy it again from where it was built, or build it again"})
	}
	return found
}
