package reconcile

import "slices"

const interruptedMessage = "the run was interrupted before it looked again"

// markUnknown makes Unknown the conditions that an interrupted run has changed since it last read the registry: the plan still shows what
// was before.
func (r *run) markUnknown(plan Plan) {
	for i, g := range plan.Groups {
		changed := false
		for j := range g.Packages {
			p := &g.Packages[j]
			for _, k := range Kinds() {
				a := r.progress(p.Name).lastAttempt(k.Action)
				sent := a.change.Outcome == Done || a.change.Outcome == Doubted
				if len(k.unsettles) > 0 && sent && a.observation == r.observations {
					p.markUnknown(k.unsettles...)
					changed = true
				}
			}
		}
		if changed {
			for j := range g.Packages {
				g.Packages[j].markUnknown(Complete)
			}
			plan.Groups[i].Conditions = []Condition{{Ready, Unknown, ReasonInterrupted, interruptedMessage}}
		}
	}
}

func (p *Package) markUnknown(types ...ConditionType) {
	for i, c := range p.Conditions {
		if slices.Contains(types, c.Type) {
			p.Conditions[i] = Condition{c.Type, Unknown, ReasonInterrupted, interruptedMessage}
		}
	}
}
