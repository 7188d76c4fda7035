package rules

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
)

// signature looks whether macOS starts what is signed, and what has to be signed.
func signature(s *subject) (found []finding) {
	started, others := s.natives()
	for i, f := range slices.Concat(started, others) {
		isStarted := i < len(started)
		next := "sign it as the last step of the build: codesign --force --sign - " + f.Path
		switch f.Native.Signature {
		case native.SignatureFine:
		case native.SignatureMissing:
			found = append(found, finding{isStarted,
				fmt.Sprintf("%s has code for arm64 without a signature, which macOS does not start", f.Path), next})
		case native.SignatureBroken:
			found = append(found, finding{s.want.Binary || isStarted,
				fmt.Sprintf("%s has a code signature that is not of these bytes, and macOS kills it: it was changed after it was signed",
					f.Path), next})
		}
	}
	return found
}
