package rules

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
)

// mode looks whether what is started may be. npm makes the files of commands executable when it installs them; no others.
func mode(s *subject) (found []finding) {
	if slices.Contains(s.machines().systems, "win32") {
		return nil
	}
	started, others := s.natives()
	for i, f := range slices.Concat(started, others) {
		if f.Native.Started && f.Native.Format != native.PE && f.Mode&0o111 == 0 && !s.isCommand(f.Path) {
			found = append(found, finding{s.want.Binary && i < len(started),
				fmt.Sprintf("%s is an executable whose mode is %04o", f.Path, f.Mode), "chmod +x it, or name it in bin"})
		}
	}
	return found
}
