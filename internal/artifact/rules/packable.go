package rules

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// packIt is the way out of all that a directory may need a package manager for.
const packIt = "pack it, name the .tgz"

// packable refuses a directory that only a package manager can pack.
func packable(s *subject) (found []finding) {
	if s.Packed() {
		return nil
	}
	for _, script := range []string{"prepublish", "prepublishOnly", "prepack", "prepare", "postpack"} {
		if packagejson.Text(s.pkg.Scripts[script]) != "" {
			found = append(found, refuse(packIt, "it has a %s script, and scripts are never run here", script))
		}
	}
	for _, key := range sortedKeys(s.pkg.PublishConfig) {
		harmless := []string{"access", "tag", "registry", "provenance"}
		if !slices.Contains(harmless, key) && !strings.HasSuffix(key, ":registry") {
			found = append(found, refuse(packIt, "its publishConfig has %q, which changes what is published", key))
		}
	}
	for _, key := range []string{"bundleDependencies", "bundledDependencies"} {
		if list, isList := s.pkg.Document[key].([]any); packagejson.Truthy(s.pkg.Document[key]) && (!isList || len(list) > 0) {
			found = append(found, refuse(packIt, "it has %s, whose files only a package manager can gather", key))
		}
	}
	if packagejson.Truthy(s.pkg.Document["workspaces"]) {
		found = append(found, refuse(packIt, "it has workspaces of its own"))
	}
	directories, _ := s.pkg.Document["directories"].(map[string]any) // npm overlooks what is no object
	if packagejson.Truthy(directories["bin"]) && len(s.pkg.Bin) == 0 {
		found = append(found, refuse(packIt, "its commands are given by directories.bin"))
	}
	return found
}
