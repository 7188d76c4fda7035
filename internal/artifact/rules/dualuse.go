package rules

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// disclosure is the file that the registry wants of a dual-use package, at its root.
const disclosure = "DISCLOSURE"

// dualUse holds a package to the registry's rules for what may serve attackers, too: it is declared, says in a file what it is
// for, is not published by a pipeline alone, and stays declared.
func dualUse(s *subject) (found []finding) {
	policy := s.pkg.Document["contentPolicy"]
	class := spec.ContentPolicyOf(policy).Class
	if class != spec.DualUse {
		if s.want.Served != nil && s.want.Served.ContentPolicy.Class == spec.DualUse {
			found = append(found, refuse(`put "contentPolicy": {"class": "dual-use"} back into its package.json`,
				"%s@%s declares itself as dual-use and it does not, and the registry lets nobody take that back",
				s.Name(), s.want.Served.Version))
		}
		if policy != nil {
			found = append(found, warn(`write {"class": "dual-use"}, or remove it`,
				"its contentPolicy is none that the registry is known to understand"))
		}
		return found
	}
	if f, ok := s.file(disclosure); !ok || f.Size == 0 {
		found = append(found, refuse("add one to the package's folder (and to files in its package.json) that says what it is for",
			"it declares itself as dual-use, and the registry wants a file %s with that%s", disclosure, insteadOf(s.files)))
	}
	if s.want.Direct {
		found = append(found, refuse("stage the release for a human's approval (publish: staged), or publish it as a human, with a second "+
			"factor: npm login, then facets-reconcile apply --auth token at a terminal, with the release's tag checked out",
			"it declares itself as dual-use, which the registry lets no pipeline publish by ID token without an approval"))
	}
	return found
}

// insteadOf names the file that was meant to be the one which the registry wants.
func insteadOf(files []artifact.File) string {
	for _, f := range files {
		switch stem, _, _ := strings.Cut(f.Path, "."); {
		case f.Path == disclosure:
			return "; the one it has is empty"
		case strings.EqualFold(stem, disclosure):
			return fmt.Sprintf(", by that very name; it has %s", f.Path)
		}
	}
	return ""
}
