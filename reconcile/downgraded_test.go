package reconcile_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestEveryStepDownIsFound(t *testing.T) {
	standings := []spec.Standing{spec.ByToken, spec.ByTrustedPublisher, spec.WithProvenance, spec.ByTrustedPublisherWithProvenance, spec.ByApprover}
	for _, before := range standings {
		for _, now := range standings {
			g := NewWithT(t)
			s := newShelf(t)
			as := func(version spec.Version, standing spec.Standing) observed.Component {
				c := component("lib", version, observed.Served)
				c.Standing = standing
				return c
			}
			s.lib.Trail = []observed.Component{as("2.0.0", now), as("1.0.0", before)}
			latest, older := edition("2.0.0", observed.Served, "latest"), edition("1.0.0", observed.Served)
			latest.Standing, older.Standing = now, before
			latest.Platforms[0].Standing, older.Platforms[0].Standing = now, before
			s.cli.Editions = []observed.Edition{latest, older}
			var names []spec.Name
			for _, f := range s.audit() {
				g.Expect(f.Type).To(Equal(reconcile.TrustDowngraded))
				g.Expect(f.Severity).To(Equal(reconcile.Warning))
				g.Expect(f.Version).To(BeEquivalentTo("2.0.0"))
				g.Expect(f.Message).To(And(ContainSubstring("1.0.0"), ContainSubstring(now.String()), ContainSubstring(before.String())))
				names = append(names, f.Package)
			}
			if now < before {
				g.Expect(names).To(ConsistOf(spec.Name("cli"), spec.Name("cli-linux-x64"), spec.Name("lib")), "%s after %s", now, before)
			} else {
				g.Expect(names).To(BeEmpty(), "%s after %s", now, before)
			}
		}
	}
}

func TestWhatIsNoStepDown(t *testing.T) {
	strong := func(e observed.Edition) observed.Edition {
		e.Standing = spec.ByApprover
		return e
	}
	for name, editions := range map[string][]observed.Edition{
		"a prerelease before": {edition("2.0.0", observed.Served, "latest"), strong(edition("2.0.0-rc.1", observed.Served, "next"))},
		"a higher version":    {strong(edition("3.0.0", observed.Served, "next")), edition("2.0.0", observed.Served, "latest")},
		"the only version":    {edition("2.0.0", observed.Served, "latest")},
		"one that is not served": {edition("2.0.0", observed.Served, "latest"), func() observed.Edition {
			e := strong(edition("1.0.0", observed.Served))
			e.State = observed.Unknown
			return e
		}()},
		"nothing under a dist-tag": {edition("1.1.0", observed.Served), strong(edition("1.0.0", observed.Served))},
	} {
		s := newShelf(t)
		s.cli.Editions = editions
		for _, f := range s.audit() {
			NewWithT(t).Expect(f.Type).NotTo(Equal(reconcile.TrustDowngraded), name)
		}
	}
}

// Who waits for a version publishes none, with a token or without: there is nothing to warn of, and nothing to be read for it.
func TestWaitingIsNoStepDown(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
	s.want.Releases = selected(setUp(t, "lib@1.1.0", 0))
	s.want.TrustedPublishers = nil
	policy := reconcile.Policy{Token: true, Actions: []reconcile.Action{reconcile.Publish}}
	plan, _, err := reconcile.Survey(t.Context(), reconcile.World{Observer: s.world.Observer, Clock: s.clock}, s.want, policy, reconcile.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(plan.Findings).To(ContainElement(HaveField("Type", reconcile.TrustDowngraded)), "who publishes is warned")
	world := reconcile.World{Observer: s.world.Observer, Clock: s.clock}
	result, err := reconcile.Run(t.Context(), world, s.want, policy, reconcile.Options{Timeout: time.Minute, Await: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitWaiting))
	g.Expect(result.Findings).To(BeEmpty())
}
