package rules

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/artifact/manifest"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
)

// repository refuses a package.json that does not name the repository which the provenance states: npm answers the upload with 422, and
// minds upper and lower case (npm/cli#8036).
func repository(s *subject) []finding {
	if s.want.Source == "" {
		return nil
	}
	named, _ := manifest.Normalize(s.pkg.Document, manifest.Facts{})["repository"].(map[string]any)
	address := packagejson.Text(named["url"])
	if provenance.SameRepository(spec.Repository(address), s.want.Source) {
		return nil
	}
	has := "names no repository"
	if address != "" {
		has = fmt.Sprintf("names the repository %.200q", address)
	}
	return []finding{refuse(fmt.Sprintf(`write "repository": {"type": "git", "url": "git+%s.git"} into its package.json; or publish without `+
		"provenance, by `provenance: off` in the state file", s.want.Source),
		"its package.json %s, and the provenance says %s: npm refuses that, and minds upper and lower case", has, s.want.Source)}
}
