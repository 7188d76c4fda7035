package desired

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

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

// provenance is that of the group's releases.
func (s Spec) provenance(g Group) Provenance {
	return cmp.Or(g.Provenance, s.Provenance, ProvenanceAuto)
}

func provenanceSchema(description string) node {
	return node{"description": description, "enum": []Provenance{ProvenanceAuto, ProvenanceRequired, ProvenanceOff}}
}
