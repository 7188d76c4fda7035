package observed

import (
	"maps"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// State is what the registry shows of one version.
type State string

// The states of a version.
const (
	Absent   State = "Absent"   // there is no sign of it
	Accepted State = "Accepted" // taken by the registry, not yet served: being scanned, or on its way through caches
	Served   State = "Served"   // manifest and tarball are readable past caches, with the expected integrity
	Conflict State = "Conflict" // served, with other bytes than expected
	Unknown  State = "Unknown"  // could not be read

	// These are what the registry's status says of a version that is not served.
	Validating State = "Validating" // accepted, and being scanned
	Staged     State = "Staged"     // held until a human approves or rejects it
	Blocked    State = "Blocked"    // refused after it was taken: it will never be served
	Burnt      State = "Burnt"      // deleted: its number is never free again
)

// Coming tells whether the registry has accepted the version and will serve it without anybody's help.
func (s State) Coming() bool { return s == Accepted || s == Validating }

// Existence tells whether a package's name is taken.
type Existence string

// The existences of a name.
const (
	Missing   Existence = "Missing"
	Exists    Existence = "Exists"
	Reserved  Existence = "Reserved"  // accepted, not yet served: a placeholder in its scan
	Withdrawn Existence = "Withdrawn" // held by the registry's security team
	Unsure    Existence = "Unsure"    // could not be read
	// Unpublished: all its versions were removed. Their numbers are burnt, and npm takes no other for 24 hours.
	Unpublished Existence = "Unpublished"
)

// stateOf judges the evidence, the strongest first: what is served, then signs of a version that is not served.
func stateOf(q Query, tags map[spec.DistTag]spec.Version, tagsErr error, v version) State {
	switch {
	case v.err != nil:
		return Unknown
	case v.manifest != nil && q.Integrity != "" && !v.matches(q.Integrity):
		return Conflict
	case v.manifest != nil && v.tarball:
		return Served
	case v.manifest != nil, q.Accepted, q.Taken, named(tags, q.Version):
		return Accepted
	case q.Held:
		return Staged
	case tagsErr != nil:
		return Unknown // a dist-tag might have named it
	}
	return Absent
}

func existenceOf(q Query, tags map[spec.DistTag]spec.Version, tagsErr error, state State) Existence {
	switch {
	case tags[spec.Latest] == spec.SecurityHolding:
		return Withdrawn
	case tagsErr == nil && tags != nil, state == Served, state == Conflict:
		return Exists
	case q.Seeded || state == Accepted:
		return Reserved
	case tagsErr != nil, state == Unknown: // a version that cannot be read may be there
		return Unsure
	}
	return Missing
}

// looksVacant tells whether there is no sign of any version in the package. Registries differ: for an unpublished package some have no
// dist-tags, others an empty list of them.
func (p Package) looksVacant() bool {
	empty := p.Existence == Exists && len(p.DistTags)+len(p.HomeTags) == 0 && (p.State == Absent || p.State == "")
	return empty || p.Existence == Missing
}

// notShown tells whether no read has shown anything of the package, although all were answered. It may be hidden from whoever has no
// credential.
func (p Package) notShown() bool {
	return p.Err == nil && p.DistTags == nil && p.Manifest == nil && (p.Existence == Missing || p.Existence == Reserved)
}

func named(tags map[spec.DistTag]spec.Version, version spec.Version) bool {
	return version != "" && slices.Contains(slices.Collect(maps.Values(tags)), version)
}
