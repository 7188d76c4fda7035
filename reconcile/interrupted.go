package reconcile

import "slices"

const interruptedMessage = "the run was interrupted before it looked again"

// unseen makes Unknown what an interrupted run has changed since it looked last: the plan shows what was before.
func (r *run) unseen(plan Plan) {
	for i, g := range plan.Groups {
		changed := false
		for j := range g.Packages {
			p := &g.Packages[j]
			for _, action := range []Action{Seed, Trust, Publish, Tag, Deprecate} {
				rec, tried := r.ledger.look(Change{Action: action}.key(*p))
				sent := rec.change.Outcome == Done || rec.change.Outcome == Doubted
				if tried && sent && rec.look == r.looks {
					p.obscure(bearing(action)...)
					changed = true
				}
			}
		}
		if changed {
			for j := range g.Packages {
				g.Packages[j].obscure(Complete)
			}
			plan.Groups[i].Conditions = []Condition{{Ready, Unknown, ReasonInterrupted, interruptedMessage}}
		}
	}
}

// bearing are the conditions that an action bears on.
func bearing(a Action) []ConditionType {
	switch a {
	case Seed:
		return []ConditionType{Seeded, Trusted}
	case Trust:
		return []ConditionType{Trusted}
	case Publish:
		return []ConditionType{Published, Served, Tagged}
	case Deprecate:
		return []ConditionType{Retired}
	}
	return []ConditionType{Tagged}
}

func (p *Package) obscure(types ...ConditionType) {
	for i, c := range p.Conditions {
		if slices.Contains(types, c.Type) {
			p.Conditions[i] = Condition{c.Type, Unknown, ReasonInterrupted, interruptedMessage}
		}
	}
}
