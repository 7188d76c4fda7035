package reconcile

import "slices"

// The exit codes of the program.
const (
	ExitOK      = 0 // converged, or a plan was made
	ExitError   = 1 // bad input, a package that could not be read, a failed action, a wrong artifact
	ExitPending = 2 // changes that are not a human's (plan --detailed-exitcode, drift)
	ExitHuman   = 3 // a human must act; everything else is done
	ExitWaiting = 4 // the registry, or another node, is past the deadline; run again
)

// ExitCode says in a number how far the plan is from what should be: 1, 2, 3, 4, 0 in that order.
func (p Plan) ExitCode() int {
	if p.failed() {
		return ExitError
	}
	s := p.summarize()
	actors := map[Actor]bool{}
	for _, pkg := range p.Packages() {
		for _, c := range pkg.Changes {
			actors[c.Actor] = true
		}
	}
	switch {
	case actors[CI]:
		return ExitPending
	case s.Human > 0:
		return ExitHuman
	case s.Wait > 0:
		return ExitWaiting
	}
	return ExitOK
}

// ExitCode says in a number what is left after a run: 1, 3, 4, 0 in that order.
func (r Result) ExitCode() int {
	if r.failed() || r.broken {
		return ExitError
	}
	code := ExitOK
	for _, p := range r.Packages() {
		for _, c := range p.Changes {
			switch {
			case c.Outcome == Done:
			case c.Outcome == Failed:
				return ExitError
			case c.Actor == Human, c.Outcome == Held, c.stranded:
				code = ExitHuman
			case code != ExitHuman:
				code = ExitWaiting
			}
		}
	}
	return code
}

// Refused tells whether an artifact of what would be published is refused.
func (p Plan) Refused() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Type == ArtifactRefused })
}

// Unreadable tells whether a package that was asked for could not be read, so that the plan may lack something.
func (p Plan) Unreadable() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Type == Unreadable && f.Severity == Error })
}
