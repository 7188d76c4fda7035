package reconcile

import "slices"

// The exit codes of the program.
const (
	ExitOK      = 0 // converged, or a plan was made
	ExitError   = 1 // bad input, a package that could not be read, a failed action, a wrong artifact
	ExitPending = 2 // findings, or changes that are not a human's (plan --detailed-exitcode, drift)
	ExitHuman   = 3 // a human must act; everything else is done
	ExitWaiting = 4 // the registry, or another node, is past the deadline; run again
)

// ExitCode says in a number how far the plan is from what should be, for plan --detailed-exitcode and for drift: 1, 2, 3, 4, 0
// in that order.
func (p Plan) ExitCode() int {
	codes := p.codes()
	for _, code := range []int{ExitError, ExitPending, ExitHuman, ExitWaiting} {
		if codes[code] {
			return code
		}
	}
	return ExitOK
}

// Drifted tells whether anything is known to be otherwise than it should be, or will be if nobody acts. What could not be
// read, and what only the registry has to finish, is not; a number that is burnt and a version that is blocked are.
func (p Plan) Drifted() bool {
	codes := p.codes()
	lost := func(f Finding) bool { return f.Type == Burnt && !f.aside }
	return codes[ExitPending] || codes[ExitHuman] || slices.ContainsFunc(p.Findings, lost) || p.blocked()
}

// codes are the exit codes that the findings and changes of the plan call for.
func (p Plan) codes() map[int]bool {
	codes := map[int]bool{}
	for _, f := range p.Findings {
		codes[f.code()] = true
	}
	for _, pkg := range p.Packages() {
		for _, c := range pkg.Changes {
			codes[map[Actor]int{CI: ExitPending, Human: ExitHuman, Registry: ExitWaiting}[c.Actor]] = true
		}
	}
	return codes
}

// code is the exit code that a finding calls for.
func (f Finding) code() int {
	if f.aside {
		return ExitOK
	}
	switch f.Type {
	case Unreadable, Unverified, ArtifactRefused, Cycle, Burnt, Backwards:
		return ExitError
	case ArtifactWarning:
		return ExitOK
	case Unproven: // its trusted publisher is about to expire
		return ExitHuman
	case Stuck:
		return ExitWaiting
	}
	return ExitPending // what is public, or declared, is otherwise than it should be
}

// ExitCode says in a number what is left after a run: 1, 3, 4, 0 in that order.
func (r Result) ExitCode() int {
	if r.failed() || r.broken {
		return ExitError
	}
	code := ExitOK
	if slices.ContainsFunc(r.Findings, Finding.undecided) {
		code = ExitHuman
	}
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

// undecided tells whether a human has to decide before the dist-tag that was asked for can be as it should be.
func (f Finding) undecided() bool {
	return !f.aside && f.decided()
}

// decided tells whether a human has, or seems to have, decided where the dist-tag points.
func (f Finding) decided() bool {
	return f.Type == RolledBack || f.Type == Behind || f.Type == PinBelow
}

// Refused tells whether an artifact of what would be published is refused, or what was asked for as such.
func (p Plan) Refused() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool {
		return f.Type == ArtifactRefused || f.Type == Backwards && !f.aside
	})
}

// Unreadable tells whether a package that was asked for could not be read, so that the plan may lack something.
func (p Plan) Unreadable() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Type == Unreadable && f.Severity == Error })
}

// Blocked tells whether something is left that no waiting brings on: the registry has blocked it.
func (r Result) Blocked() bool { return r.blocked() }

func (p Plan) blocked() bool {
	return slices.ContainsFunc(p.Packages(), func(p Package) bool {
		c, _ := p.change(Wait)
		return c.Reason == ReasonBlocked
	})
}
