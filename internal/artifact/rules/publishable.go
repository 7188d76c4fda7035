package rules

import "github.com/agent-facets/facets-reconcile/internal/artifact/manifest"

// publishable refuses a package.json that npm itself would not publish.
func publishable(s *subject) (found []finding) {
	for _, fault := range manifest.Faults(s.pkg.Document, s.Packed()) {
		found = append(found, refuse(fault.Next, "%s", fault.Message))
	}
	return found
}
