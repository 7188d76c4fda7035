package spec

import (
	"bytes"
	"encoding/json"
)

// Standing is how a version was published, as far as its manifest tells. Higher ones are harder to forge; installers that allow
// no downgrade refuse a version with a lower one than an earlier version has. They differ in what they count: a trusted
// publisher without provenance is nothing to some, and the most to others.
type Standing int

// The standings, the weakest first.
const (
	ByToken            Standing = iota // or by what a manifest does not show
	ByTrustedPublisher                 // without provenance, as CircleCI's are
	WithProvenance
	ByTrustedPublisherWithProvenance
	ByApprover // staged, and approved by a human
)

func (s Standing) String() string {
	switch s {
	case ByTrustedPublisher:
		return "by a trusted publisher, without provenance"
	case WithProvenance:
		return "with provenance"
	case ByTrustedPublisherWithProvenance:
		return "by a trusted publisher, with provenance"
	case ByApprover:
		return "staged and approved"
	}
	return "with a token"
}

// Standing tells how the version was published.
func (m Manifest) Standing() Standing {
	trusted := m.Publisher != nil && m.Publisher.TrustedPublisher != nil
	switch {
	case m.Publisher != nil && given(m.Publisher.Approver):
		return ByApprover
	case trusted && m.Dist.Attested():
		return ByTrustedPublisherWithProvenance
	case m.Dist.Attested():
		return WithProvenance
	case trusted:
		return ByTrustedPublisher
	}
	return ByToken
}

// Attested tells whether the registry shows provenance of the version. What it says is another question.
func (d Dist) Attested() bool {
	var attestations struct{ Provenance json.RawMessage }
	return len(d.Attestations) > 0 && json.Unmarshal(d.Attestations, &attestations) == nil && given(attestations.Provenance)
}

// given tells whether a value of unknown form says anything.
func given(value json.RawMessage) bool {
	switch string(bytes.TrimSpace(value)) {
	case "", "null", "false", `""`, "{}", "[]":
		return false
	}
	return true
}
