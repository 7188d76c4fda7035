package reconcile

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Action is what a change does.
type Action string

// The actions, in the order in which a package goes through them.
const (
	Seed    Action = "seed"    // publish a placeholder, so that the name exists
	Trust   Action = "trust"   // configure the trusted publisher
	Prove   Action = "prove"   // publish the placeholder's next version by ID token; only where it is asked for
	Publish Action = "publish" // publish the version
	Tag     Action = "tag"     // point the dist-tag at the version
	Wait    Action = "wait"    // let the registry finish

	Stage   Action = "stage"   // send the version, for a human to approve
	Approve Action = "approve" // publish what is staged; only where it is asked for
	Reject  Action = "reject"  // remove what is staged; only where it is asked for

	Deprecate Action = "deprecate" // have npm warn of the versions that the state file withdraws or deprecates
	Settings  Action = "settings"  // set who may read a package, and whether tokens may publish it; only where it is asked for
)

// Actor is who can make a change.
type Actor string

// The actors.
const (
	CI       Actor = "ci"       // has an ID token
	Human    Actor = "human"    // has a session and a second factor
	Registry Actor = "registry" // only time helps
)

// Outcome is the result of a change in an apply.
type Outcome string

// The outcomes. A change without one was not tried.
const (
	Done    Outcome = "done"
	Failed  Outcome = "failed"
	Refused Outcome = "refused" // the present actor may not; a human must act
	Doubted Outcome = "doubted" // sent, and the answer was neither yes nor no, such as a timeout
	Held    Outcome = "held"    // not tried, because the preflight of its release found something wrong
	// Postponed: the registry did nothing and asked to try later, which is later than this run ends.
	Postponed Outcome = "postponed"
)

// Change is one step from what is to what should be.
type Change struct {
	Action    Action    `json:"action"`
	Actor     Actor     `json:"actor"`
	Reason    string    `json:"reason"` // CamelCase
	Message   string    `json:"message"`
	BlockedBy []Blocker `json:"blockedBy"` // what has to come first; empty when the change can be made now
	Outcome   Outcome   `json:"outcome"`   // of an apply; empty: not tried
	Err       error     `json:"-"`         // the answer that Outcome and Message come from; nil: it was made, or not tried

	stranded bool // nobody in this run can make it, however long the run waits
	later    bool // a human makes it, once the registry has finished something else of its release
}

// Blocked tells whether something has to come first.
func (c Change) Blocked() bool { return len(c.BlockedBy) > 0 }

// fail sets the outcome and the error that kept the change from being made.
func (c *Change) fail(outcome Outcome, err error) {
	c.Outcome, c.Err, c.Message = outcome, err, err.Error()
}

// Blocker is what a change waits for: a condition of a package, or what Why says.
type Blocker struct {
	Name      spec.Name
	Wanted    string // the version or range that is needed; "": the version of its release
	Condition ConditionType
	Why       string

	permanent bool  // no run removes it: a version that is staged, blocked or burnt
	proof     proof // where that is what a trusted publisher lacks
}

// String writes the blocker as "name: Condition", or its Why.
func (b Blocker) String() string {
	if b.Why != "" {
		return b.Why
	}
	return b.Subject() + ": " + string(b.Condition)
}

// Subject is the package that is waited for, as "name" or "name@wanted".
func (b Blocker) Subject() string {
	if b.Wanted != "" {
		return fmt.Sprintf("%s@%s", b.Name, b.Wanted)
	}
	return string(b.Name)
}

// MarshalText writes the blocker as String does.
func (b Blocker) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// human tells whether a human has to remove the blocker, as time alone does not.
func (b Blocker) human() bool { return b.Condition != Served && b.Condition != Complete }

func (c *Change) block(by ...Blocker) {
	for _, b := range by {
		if !slices.ContainsFunc(c.BlockedBy, func(known Blocker) bool { return known.String() == b.String() }) {
			c.BlockedBy = append(c.BlockedBy, b)
		}
	}
}

// Barred tells whether no later run can make the change, because a version of its release is staged, blocked or burnt.
func (c Change) Barred() bool {
	return slices.ContainsFunc(c.BlockedBy, func(b Blocker) bool { return b.permanent })
}

// Stranded tells, after a run, that nobody in it could make the change, however long it had waited.
func (c Change) Stranded() bool { return c.stranded }
