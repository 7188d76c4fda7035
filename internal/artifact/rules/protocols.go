package rules

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// protocols refuses dependencies by the protocols that hold in a workspace only.
func protocols(s *subject) []finding {
	blocks := []string{"dependencies", "optionalDependencies", "peerDependencies"}
	consequence, next := "which nobody can install", "pack it again with the package manager that resolves it"
	if !s.Packed() {
		blocks = append(blocks, "devDependencies")
		consequence, next = "which only a package manager can resolve", packIt
	}
	slices.Sort(blocks)
	var found []finding
	for _, block := range blocks {
		dependencies, _ := s.pkg.Document[block].(map[string]any) // npm drops what is no object
		for _, name := range sortedKeys(dependencies) {
			wanted := packagejson.Text(dependencies[name])
			protocol, _, has := strings.Cut(wanted, ":")
			if has && slices.Contains([]string{"workspace", "catalog", "file", "link", "portal"}, protocol) {
				found = append(found, refuse(next, "its %s need %s as %q, %s", block, name, wanted, consequence))
			}
		}
	}
	return found
}
