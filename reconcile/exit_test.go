package reconcile_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// The table of design and docs: what a finding or a change calls for, in plan --detailed-exitcode as in drift.
func TestExitCodeOfAPlan(t *testing.T) {
	finding := func(types ...reconcile.FindingType) reconcile.Plan {
		var p reconcile.Plan
		for _, t := range types {
			p.Findings = append(p.Findings, reconcile.Finding{Type: t, Severity: reconcile.Error})
		}
		return p
	}
	change := func(p reconcile.Plan, actors ...reconcile.Actor) reconcile.Plan {
		var pkg reconcile.Package
		for _, a := range actors {
			pkg.Changes = append(pkg.Changes, reconcile.Change{Action: reconcile.Tag, Actor: a})
		}
		p.Groups = []reconcile.Group{{Packages: []reconcile.Package{pkg}}}
		return p
	}
	for name, test := range map[string]struct {
		plan reconcile.Plan
		code int
	}{
		"nothing":                         {finding(), 0},
		"unreadable":                      {finding(reconcile.Unreadable), 1},
		"an artifact that is refused":     {finding(reconcile.ArtifactRefused), 1},
		"an artifact that is warned of":   {finding(reconcile.ArtifactWarning), 0},
		"torn":                            {finding(reconcile.Torn), 2},
		"a conflict":                      {finding(reconcile.Conflict), 2},
		"undeclared":                      {finding(reconcile.Undeclared), 2},
		"withdrawn":                       {finding(reconcile.Withdrawn), 2},
		"moved back":                      {finding(reconcile.MovedBack), 2},
		"deprecated":                      {finding(reconcile.Deprecated), 2},
		"a placeholder as latest":         {finding(reconcile.PlaceholderLatest), 2},
		"a tag without its release":       {finding(reconcile.TagWithoutRelease), 2},
		"a pin without its tag":           {finding(reconcile.PinWithoutTag), 2},
		"unproven":                        {finding(reconcile.Unproven), 3},
		"stuck":                           {finding(reconcile.Stuck), 4},
		"for a pipeline":                  {change(finding(), reconcile.CI), 2},
		"for a human":                     {change(finding(), reconcile.Human), 3},
		"for the registry":                {change(finding(), reconcile.Registry), 4},
		"for all":                         {change(finding(), reconcile.Registry, reconcile.Human, reconcile.CI), 2},
		"for a human and the registry":    {change(finding(), reconcile.Registry, reconcile.Human), 3},
		"torn, and for a human":           {change(finding(reconcile.Torn), reconcile.Human), 2},
		"unproven, and for the registry":  {change(finding(reconcile.Unproven), reconcile.Registry), 3},
		"all of them":                     {change(finding(reconcile.Torn, reconcile.Unproven, reconcile.Unreadable), reconcile.CI), 1},
		"a warning, and for the registry": {change(finding(reconcile.ArtifactWarning), reconcile.Registry), 4},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(test.plan.ExitCode()).To(Equal(test.code))
		})
	}
}

// An issue is opened for what somebody has to see to, whatever the exit code.
func TestWhatIsDrift(t *testing.T) {
	finding := func(t reconcile.FindingType) reconcile.Plan {
		return reconcile.Plan{Findings: []reconcile.Finding{{Type: t, Severity: reconcile.Error}}}
	}
	waiting := func(reason string) reconcile.Plan {
		c := reconcile.Change{Action: reconcile.Wait, Actor: reconcile.Registry, Reason: reason}
		return reconcile.Plan{Groups: []reconcile.Group{{Packages: []reconcile.Package{{Changes: []reconcile.Change{c}}}}}}
	}
	g := NewWithT(t)
	for _, found := range []reconcile.FindingType{reconcile.Torn, reconcile.Unproven, reconcile.Burnt} {
		g.Expect(finding(found).Drifted()).To(BeTrue(), string(found))
	}
	for _, found := range []reconcile.FindingType{reconcile.Unreadable, reconcile.Stuck, reconcile.ArtifactWarning} {
		g.Expect(finding(found).Drifted()).To(BeFalse(), string(found))
	}
	g.Expect(waiting(reconcile.ReasonBlocked).Drifted()).To(BeTrue(), "no waiting helps")
	g.Expect(waiting("Validating").Drifted()).To(BeFalse())
}
