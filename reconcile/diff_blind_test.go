package reconcile_test

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// TestOfWhatCannotBeReadNothingIsPlannedAndOneThingSaid: an exchange is refused for names that are free, too, and where the
// package cannot be read nor can who is trusted.
func TestOfWhatCannotBeReadNothingIsPlannedAndOneThingSaid(t *testing.T) {
	unsure := func(p *observed.Package) {
		state(observed.Unknown)(p)
		p.Existence, p.Err = observed.Unsure, errors.New("503")
	}
	for name, evidence := range map[string]observed.Trust{
		"a refused exchange": {Exchange: observed.ExchangeRefused, Refusal: errors.New("404")},
		"no evidence either": {Err: errors.New("503")},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			tp := circle("o")
			want := reconcile.Desired{TrustedPublishers: spec.TrustedPublishers{tp}, Placeholder: "0.0.1", Releases: []desired.Release{{
				Group: "l", Version: "1.0.0", DistTag: spec.Latest, Tag: "lib@1.0.0", Selected: true,
				Packages: []desired.Package{{Name: "lib", Role: desired.RoleLibrary}},
			}}}
			plan := reconcile.Diff(want, observed.Snapshot{"lib": is("lib", unsure, trust(evidence))},
				reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Trust}})
			g.Expect(plan.Summary.Trust).To(BeZero())
			g.Expect(plan.Findings).To(HaveLen(1))
			g.Expect(plan.Packages()[0].Conditions).To(ContainElement(And(HaveField("Type", reconcile.Trusted), HaveField("Status", reconcile.Unknown))))
		})
	}
}
