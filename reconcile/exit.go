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

// ExitCode is the exit code of plan --detailed-exitcode and of drift. Where several fit, the first of 1, 2, 3, 4, 0 is taken.
func (p Plan) ExitCode() int {
	codes := p.codes()
	for _, code := range []int{ExitError, ExitPending, ExitHuman, ExitWaiting} {
		if codes[code] {
			return code
		}
	}
	return ExitOK
}

// Drifted tells whether anything is known to differ from what should be, or will differ if nobody acts. What could not be read is not
// known, and what only the registry has to finish is no drift. A burnt number and a blocked version are.
func (p Plan) Drifted() bool {
	codes := p.codes()
	lost := func(f Finding) bool { return f.Type == Burnt && !f.aside }
	return codes[ExitPending] || codes[ExitHuman] || slices.ContainsFunc(p.Findings, lost) || p.blocked()
}

// codes returns the exit codes that the findings and changes of the plan call for.
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

// ExitCode is the exit code of a run, by what is left. Where several fit, the first of 1, 3, 4, 0 is taken.
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
			case c.later && code != ExitHuman:
				code = ExitWaiting
			case c.later:
			case c.Actor == Human, c.Outcome == Held, c.stranded:
				code = ExitHuman
			case code != ExitHuman:
				code = ExitWaiting
			}
		}
	}
	return code
}

// undecided tells whether a human has to decide where a dist-tag that was asked for should point.
func (f Finding) undecided() bool {
	return !f.aside && f.decided()
}

// decided tells whether the finding is about a dist-tag that a human has moved, or seems to have moved, on purpose.
func (f Finding) decided() bool {
	return f.Type == RolledBack || f.Type == Behind || f.Type == PinBelow
}

// Refused tells whether the artifact of a version that would be published is refused, or the request itself is (Backwards).
func (p Plan) Refused() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool {
		return f.Type == ArtifactRefused || f.Type == Backwards && !f.aside
	})
}

// Unreadable tells whether a package that was asked for could not be read. The plan may be incomplete then.
func (p Plan) Unreadable() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Type == Unreadable && f.Severity == Error })
}

// Blocked tells whether the registry has blocked a version: no waiting brings that on.
func (r Result) Blocked() bool { return r.blocked() }

func (p Plan) blocked() bool {
	return slices.ContainsFunc(p.Packages(), func(p Package) bool {
		c, _ := p.change(Wait)
		return c.Reason == ReasonBlocked
	})
}
