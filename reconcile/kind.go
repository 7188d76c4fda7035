package reconcile

import (
	"context"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Kind is everything that the program has to know about an action, in one place: so a new kind of change is a constant in change.go, a row
// of Kinds, the function in a diff_*.go that plans it, and an actor that makes it.
type Kind struct {
	Action Action
	// Brings are the conditions that the change brings about, or helps to. The first one shows whether it was made.
	Brings  []ConditionType
	Uploads bool   // it packs and sends a version of the release
	Named   bool   // it is made only where it is asked for by name
	Sign    string // stands before the change in a table, like Terraform's: + makes, ~ changes, · waits
	Doing   string // the word for it while it is being made
	Open    string // the noun for changes that are left to make
	Made    string // the noun for what was made
	Done    string // the participle for what was made: "seeded"

	unsettles []ConditionType // the conditions that are unknown after it, until the registry is read again
	count     func(s *Summary) *int
	able      func(w World) bool // tells whether the world has an actor for it; nil: no world has
	make      func(r *run, ctx context.Context, p Package, c Change) (spec.Integrity, error)
	version   func(r *run, p Package) spec.Version // the version that it is about; nil: the release's
}

// Kinds are all kinds of changes, in the order in which a package goes through them.
func Kinds() []Kind {
	return slices.Concat(kindsBefore(), kindsOfStaging(), kindsAfter())
}

func kindsBefore() []Kind {
	return []Kind{
		{
			Action: Seed, Brings: []ConditionType{Seeded}, unsettles: []ConditionType{Seeded, Trusted},
			Sign: "+", Doing: "seeding", Open: "seed", Made: "name", Done: "seeded",
			count: func(s *Summary) *int { return &s.Seed },
			able:  func(w World) bool { return w.Seeder != nil }, make: (*run).seed,
			version: func(r *run, _ Package) spec.Version { return r.want.Placeholder },
		},
		{
			Action: Trust, Brings: []ConditionType{Trusted}, unsettles: []ConditionType{Trusted},
			Sign: "+", Doing: "trusting", Open: "trusted publisher", Made: "trusted publisher", Done: "set",
			count: func(s *Summary) *int { return &s.Trust },
			able:  func(w World) bool { return w.Truster != nil }, make: (*run).trust,
		},
		{
			Action: Prove, Brings: []ConditionType{Trusted},
			Sign: "+", Doing: "proving", Open: "proof", Made: "trusted publisher", Done: "proved",
			count: func(s *Summary) *int { return &s.Publish },
			able:  func(w World) bool { return w.Prover != nil }, make: (*run).prove,
			version: func(_ *run, p Package) spec.Version { return p.proof },
		},
		{
			Action: Publish, Brings: []ConditionType{Published, Served, Complete, Tagged, Provenance},
			unsettles: []ConditionType{Published, Served, Tagged, Provenance}, Uploads: true,
			Sign: "+", Doing: "packing", Open: "publish", Made: "version", Done: "published",
			count: func(s *Summary) *int { return &s.Publish },
			able:  func(w World) bool { return w.Publisher != nil }, make: (*run).publish,
		},
	}
}

// kindsOfStaging take the place of Publish in a staged release.
func kindsOfStaging() []Kind {
	return []Kind{
		{
			Action: Stage, Brings: []ConditionType{Staged}, unsettles: []ConditionType{Staged}, Uploads: true,
			Sign: "+", Doing: "packing", Open: "stage", Made: "version", Done: "staged",
			count: func(s *Summary) *int { return &s.Stage },
			able:  func(w World) bool { return w.Publisher != nil }, make: (*run).publish,
		},
		{
			Action: Reject, Named: true, unsettles: []ConditionType{Staged},
			Sign: "-", Doing: "rejecting", Open: "rejection", Made: "version", Done: "rejected",
			count: func(s *Summary) *int { return &s.Reject },
			able:  func(w World) bool { return w.Approver != nil }, make: (*run).reject,
		},
		{
			Action: Approve, Brings: []ConditionType{Published, Served, Complete, Tagged, Provenance},
			unsettles: []ConditionType{Published, Served, Tagged, Provenance}, Named: true,
			Sign: "+", Doing: "approving", Open: "approval", Made: "version", Done: "approved",
			count: func(s *Summary) *int { return &s.Approve },
			able:  func(w World) bool { return w.Approver != nil }, make: (*run).approve,
		},
	}
}

func kindsAfter() []Kind {
	return []Kind{
		{
			Action: Tag, Brings: []ConditionType{Tagged}, unsettles: []ConditionType{Tagged},
			Sign: "~", Doing: "tagging", Open: "dist-tag", Made: "dist-tag", Done: "moved",
			count: func(s *Summary) *int { return &s.Tag },
			able:  func(w World) bool { return w.Tagger != nil }, make: (*run).moveTag,
		},
		{
			Action: Deprecate, Brings: []ConditionType{Retired}, unsettles: []ConditionType{Retired},
			Sign: "~", Doing: "deprecating", Open: "deprecation", Made: "deprecation", Done: "made",
			count: func(s *Summary) *int { return &s.Deprecate },
			able:  func(w World) bool { return w.Deprecator != nil }, make: (*run).deprecate,
			version: func(_ *run, p Package) spec.Version { return p.retired() },
		},
		{
			Action: Settings, Brings: []ConditionType{Locked}, unsettles: []ConditionType{Locked}, Named: true,
			Sign: "~", Doing: "setting", Open: "setting", Made: "setting", Done: "set",
			count: func(s *Summary) *int { return &s.Settings },
			able:  func(w World) bool { return w.Settler != nil }, make: (*run).settle,
		},
		{
			Action: Wait, Brings: []ConditionType{Served, Published, Complete, Tagged, Provenance},
			Sign: "·", count: func(s *Summary) *int { return &s.Wait },
		},
	}
}

// KindOf returns the kind of an action; an empty one for an action that is not in Kinds.
func KindOf(a Action) Kind {
	all := Kinds()
	if i := slices.IndexFunc(all, func(k Kind) bool { return k.Action == a }); i >= 0 {
		return all[i]
	}
	return Kind{Action: a}
}

// Shown returns the condition that shows whether the change was made.
func (k Kind) Shown() ConditionType {
	if len(k.Brings) == 0 {
		return ""
	}
	return k.Brings[0]
}

// Left returns how many changes of the kind a summary counts. Proofs are counted with the publishes.
func (k Kind) Left(s Summary) int {
	if k.count == nil {
		return 0
	}
	return *k.count(&s)
}

// Actions returns the actions that an actor can make: all but Wait.
func Actions() []Action {
	var actions []Action
	for _, k := range Kinds() {
		if k.able != nil {
			actions = append(actions, k.Action)
		}
	}
	return actions
}

// can tells whether this world has an actor for the action.
func (w World) can(a Action) bool {
	k := KindOf(a)
	return k.able != nil && k.able(w)
}
