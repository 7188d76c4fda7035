package reconcile

import (
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// FindingType names what is wrong.
type FindingType string

// The findings.
const (
	Undeclared     FindingType = "Undeclared"     // a public package of the workspace that the state file does not name
	Torn           FindingType = "Torn"           // an entry is served whose platforms are not
	Conflict       FindingType = "Conflict"       // served with other bytes, or from another commit, than expected
	Stuck          FindingType = "Stuck"          // accepted, and not served when the deadline passed
	Burnt          FindingType = "Burnt"          // a version that was deleted: its number is never free again
	MovedBack      FindingType = "MovedBack"      // a dist-tag points lower than it did: two releases overlapped
	StagedLeftover FindingType = "StagedLeftover" // an older version still waits for approval
	Unreadable     FindingType = "Unreadable"     // could not be read, so nothing is planned for it
	Unverified     FindingType = "Unverified"     // could not be compared with its artifact
	Unproven       FindingType = "Unproven"       // a trusted publisher that never published, and will therefore expire
	PinWithoutTag  FindingType = "PinWithoutTag"  // a pinned version whose tag does not exist
	AccessDiffers  FindingType = "AccessDiffers"  // who may read it differs from the state file
	Withdrawn      FindingType = "Withdrawn"      // a name that cannot be used: unpublished, or held by the registry's security team

	Unmet FindingType = "Unmet" // a package is served, and a declared one that it needs is not
	Cycle FindingType = "Cycle" // packages need each other, so that none can be published first

	// Of dist-tags on which a human has to decide.
	RolledBack FindingType = "RolledBack" // the desired version is deprecated, and the dist-tag points elsewhere
	Behind     FindingType = "Behind"     // the dist-tag points lower than the served version, and nothing says why
	PinBelow   FindingType = "PinBelow"   // the version is pinned below the dist-tag, without rollback: true
	Backwards  FindingType = "Backwards"  // --dist-tag names one that points higher

	// Of artifacts: a check refuses the release, or warns.
	ArtifactRefused FindingType = "ArtifactRefused"
	ArtifactWarning FindingType = "ArtifactWarning"

	// Of what is public already, and of git tags: Drift finds these.
	Deprecated        FindingType = "Deprecated"        // npm warns of what a dist-tag installs
	PlaceholderLatest FindingType = "PlaceholderLatest" // latest installs the placeholder, although a real version is served
	TagWithoutRelease FindingType = "TagWithoutRelease" // a git tag whose release is not there
	TrustDowngraded   FindingType = "TrustDowngraded"   // published by a weaker way than an earlier version
	Unattested        FindingType = "Unattested"        // published without the provenance that is required, or that it would have had
	ProvenanceDiffers FindingType = "ProvenanceDiffers" // its provenance is of something else than what is served
	AcceptedNothing   FindingType = "AcceptedNothing"   // the state file accepts what is not found
)

// Severity of a finding. An error makes the exit code 1.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding says what is wrong and has no change that would mend it.
type Finding struct {
	Type     FindingType  `json:"type"`
	Severity Severity     `json:"severity"`
	Package  spec.Name    `json:"package"`
	Version  spec.Version `json:"version"`
	Message  string       `json:"message"`
	Next     string       `json:"next"` // what to do

	aside bool // about a package that was not asked for: it does not change the exit code
}

// Aside tells whether the finding is about what was not asked for.
func (f Finding) Aside() bool { return f.aside }
