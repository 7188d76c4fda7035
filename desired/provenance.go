package desired

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Provenance is whether versions are published with a signed statement of where they were built.
type Provenance string

// The values, as the state file writes them.
const (
	ProvenanceAuto     Provenance = "auto"     // where npm would; so it is where nothing is said
	ProvenanceRequired Provenance = "required" // or not at all
	ProvenanceOff      Provenance = "off"
)

// UnmarshalJSON also takes what YAML makes of an off without quotes: false, or its text.
func (p *Provenance) UnmarshalJSON(data []byte) error {
	if text := strings.Trim(string(data), `"`); text == "false" {
		*p = ProvenanceOff
		return nil
	}
	return json.Unmarshal(data, (*string)(p))
}

// validate checks the value, which may be left out.
func (p Provenance) validate(at *field.Path) problemList {
	known := []Provenance{ProvenanceAuto, ProvenanceRequired, ProvenanceOff}
	if p == "" || slices.Contains(known, p) {
		return nil
	}
	return problemList{field.NotSupported(at, p, known)}
}

// validateProvenance checks provenance, of all and of groups: where it is required some trusted publisher must be of a CI system that npm
// takes it from.
func (s *State) validateProvenance(at *field.Path) problemList {
	problems := s.Spec.Provenance.validate(at.Child("provenance"))
	all := s.TrustedPublishers()
	never := !attestable(all)
	inherited := false
	for i, g := range s.Spec.Groups {
		inherited = inherited || g.Provenance == ""
		if never && g.Provenance == ProvenanceRequired {
			problems = append(problems, unattestable(at.Child("groups").Index(i).Child("provenance"), all))
		}
	}
	if never && inherited && s.Spec.Provenance == ProvenanceRequired {
		problems = append(problems, unattestable(at.Child("provenance"), all))
	}
	return problems
}

// attestable tells whether npm takes provenance from some pipeline that may publish. Where the state file names none that is not known.
func attestable(all spec.TrustedPublishers) bool {
	return len(all) == 0 || slices.ContainsFunc(all, func(p spec.TrustedPublisher) bool {
		provider, ok := providers.Of(p.Type)
		_, attests := provider.(ci.Attestant)
		return !ok || attests
	})
}

func unattestable(at *field.Path, all spec.TrustedPublishers) *field.Error {
	return field.Invalid(at, string(ProvenanceRequired), "only "+providers.Names(all)+" is trusted, and npm takes provenance from jobs of "+
		"GitHub Actions and GitLab CI/CD alone: add a github or gitlab to trustedPublishers and publish from there, or write provenance: auto")
}

// provenance is that of the group's releases.
func (s Spec) provenance(g Group) Provenance {
	return cmp.Or(g.Provenance, s.Provenance, ProvenanceAuto)
}

func provenanceSchema(description string) node {
	return node{"description": description, "enum": []Provenance{ProvenanceAuto, ProvenanceRequired, ProvenanceOff}}
}
