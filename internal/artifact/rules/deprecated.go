package rules

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// deprecated refuses a package.json that deprecates its own version. The registry takes the field over: everybody who installs the version
// would be warned, and its dist-tag would point at a deprecated one. false and "" deprecate nothing.
func deprecated(s *subject) []finding {
	value := s.pkg.Document["deprecated"]
	if !packagejson.Truthy(value) {
		return nil
	}
	said := ""
	if text := packagejson.Text(value); text != "" {
		said = fmt.Sprintf(" (%.100q)", text)
	}
	return []finding{refuse("take `deprecated` out of its package.json; released versions are deprecated by `npm deprecate`, or by "+
		"`withdrawn` in the state file", "its package.json deprecates the version that it is for%s", said)}
}
