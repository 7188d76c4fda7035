package reconcile_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestSeveralTrustedPublishersByEvidence(t *testing.T) {
	of := func(pipeline string, permissions ...string) spec.TrustedPublisher {
		p := circle("org")
		p.Claims[circleci.ClaimPipelineDefinition] = pipeline
		if len(permissions) > 0 {
			p.Permissions = permissions
		}
		return p
	}
	release, nightly := of("release"), of("nightly")
	typo := of("nightly")
	typo.Claims[circleci.ClaimOrganization] = "ogr"
	type list = []spec.TrustedPublisher
	refusal := fmt.Errorf("404: %w", spec.ErrRefused)
	for _, c := range []struct {
		name  string
		trust observed.Trust
		want  string
		says  string
	}{
		{"both are listed", observed.Trust{Listed: true, Publishers: list{nightly, release}}, "True/Configured", "2 desired"},
		{"one is listed", observed.Trust{Listed: true, Publishers: list{release}}, "False/NotConfigured", "circleci nightly: not configured"},
		{"one differs", observed.Trust{Listed: true, Publishers: list{release, typo}}, "False/ClaimsDiffer", "circleci nightly: org-id: ogr → org"},
		{"one may only stage", observed.Trust{Listed: true, Publishers: list{release, of("nightly", spec.PermissionStage)}},
			"False/MayOnlyStage", "circleci nightly: it may only stage"},
		{"one may only stage, and its token was exchanged",
			observed.Trust{Listed: true, Publishers: list{release, of("nightly", spec.PermissionStage)}, Exchange: observed.ExchangeTaken, Fitting: &nightly},
			"False/MayOnlyStage", "circleci nightly"},
		{"none is listed", observed.Trust{Listed: true}, "False/NotConfigured", "circleci release: not configured; circleci nightly: not configured"},
		{"in CI, where only its own is known", observed.Trust{Exchange: observed.ExchangeTaken, Fitting: &nightly}, "Unknown/OthersUnknown",
			"circleci release"},
		{"in CI, by a trusted publisher that is none of them", observed.Trust{Exchange: observed.ExchangeTaken}, "Unknown/OthersUnknown",
			"circleci release, circleci nightly"},
		{"its own by the exchange, the other one by the list", observed.Trust{Listed: true, Publishers: list{release},
			Exchange: observed.ExchangeTaken, Fitting: &nightly}, "True/ExchangeAccepted", "exchanged"},
		{"its own by the exchange, and the other one is not there", observed.Trust{Listed: true, Publishers: list{nightly},
			Exchange: observed.ExchangeTaken, Fitting: &nightly}, "False/NotConfigured", "circleci release: not configured"},
		{"its own is there and refused", observed.Trust{Listed: true, Publishers: list{nightly, release}, Exchange: observed.ExchangeRefused,
			Refusal: refusal, Fitting: &nightly}, "False/ExchangeRefused", "refused"},
		{"its own is refused as it is not there", observed.Trust{Listed: true, Publishers: list{release}, Exchange: observed.ExchangeRefused,
			Refusal: refusal, Fitting: &nightly}, "False/NotConfigured", "circleci nightly"},
		{"the token is of neither", observed.Trust{Exchange: observed.ExchangeRefused, Refusal: refusal,
			Differences: []spec.ClaimDifference{{Claim: "c"}}}, "Unknown/OtherPipeline", "of none of the 2 desired"},
		{"a version was published by one of them", observed.Trust{PublishedBy: circleci.Type}, "Unknown/NoEvidence", "human"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			want := reconcile.Desired{TrustedPublishers: spec.TrustedPublishers{release, nightly}, Releases: []desired.Release{{
				Group: "libraries", Selected: true, DistTag: "latest", Version: "1.0.0",
				Packages: []desired.Package{{Name: "lib", Role: desired.RoleLibrary}},
			}}}
			plan := reconcile.Diff(want, observed.Snapshot{"lib": is("lib", trust(c.trust))}, reconcile.Policy{})
			condition, _ := plan.Packages()[0].Condition(reconcile.Trusted)
			g.Expect(fmt.Sprintf("%s/%s", condition.Status, condition.Reason)).To(Equal(c.want))
			g.Expect(condition.Message).To(ContainSubstring(c.says))
			planned := false
			for _, change := range plan.Packages()[0].Changes {
				planned = planned || change.Action == reconcile.Trust
			}
			g.Expect(planned).To(Equal(condition.Status == reconcile.False), "what is not known is no drift")
		})
	}
}

func TestOneTrustedPublisherThatMayOnlyStage(t *testing.T) {
	g := NewWithT(t)
	want := circle("new")
	stages := circle("new")
	stages.Permissions = []string{spec.PermissionStage}
	for _, exchange := range []observed.Exchange{observed.Untried, observed.ExchangeTaken} {
		plan := reconcile.Diff(reconcile.Desired{TrustedPublishers: spec.TrustedPublishers{want}, Releases: []desired.Release{{
			Group: "libraries", Selected: true, Packages: []desired.Package{{Name: "lib", Role: desired.RoleLibrary}},
		}}}, observed.Snapshot{"lib": is("lib", trust(observed.Trust{
			Listed: true, Publishers: []spec.TrustedPublisher{stages}, Exchange: exchange}))}, reconcile.Policy{})
		condition, _ := plan.Packages()[0].Condition(reconcile.Trusted)
		g.Expect(condition.Reason).To(Equal(reconcile.ReasonMayOnlyStage))
		g.Expect(condition.Message).To(ContainSubstring("may only stage"))
		g.Expect(plan.Packages()[0].Changes).To(ContainElement(HaveField("Action", reconcile.Trust)))
	}
}
