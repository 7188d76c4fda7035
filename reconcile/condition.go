package reconcile

import "slices"

// ConditionType names a condition of a package or, for Ready, of a release.
type ConditionType string

// The conditions.
const (
	Seeded     ConditionType = "Seeded"     // the name exists
	Trusted    ConditionType = "Trusted"    // it has a trusted publisher with the desired claims
	Staged     ConditionType = "Staged"     // only of staged releases: the registry holds the version for approval, or has published it
	Published  ConditionType = "Published"  // the registry accepted the version
	Served     ConditionType = "Served"     // the version can be installed
	Tagged     ConditionType = "Tagged"     // the dist-tag points at the version
	Complete   ConditionType = "Complete"   // the entry lists exactly its platforms at its version, all Served
	Provenance ConditionType = "Provenance" // only where it is required or shown: the version says where it was built
	Retired    ConditionType = "Retired"    // only where the state file withdraws or deprecates versions: npm says of them what it should
	Locked     ConditionType = "Locked"     // only where tokens are to be forbidden: none may publish the package
	Ready      ConditionType = "Ready"      // a release is all that it should be
)

// Status of a condition.
type Status string

// The statuses.
const (
	True    Status = "True"
	False   Status = "False"
	Unknown Status = "Unknown"
)

// Condition has the shape of Kubernetes' own, less the transition time: nothing is stored between runs.
type Condition struct {
	Type    ConditionType `json:"type"`
	Status  Status        `json:"status"`
	Reason  string        `json:"reason"` // CamelCase
	Message string        `json:"message"`
}

// Untold tells whether the condition is Unknown of a kind that npm does not tell everybody: that alone is never drift.
func (c Condition) Untold() bool {
	return c.Status == Unknown && (c.Type == Trusted || c.Type == Locked)
}

func findCondition(conditions []Condition, t ConditionType) (Condition, bool) {
	i := slices.IndexFunc(conditions, func(c Condition) bool { return c.Type == t })
	if i < 0 {
		return Condition{}, false
	}
	return conditions[i], true
}
