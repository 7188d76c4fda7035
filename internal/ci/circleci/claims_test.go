package circleci_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const (
	org      = "bfa561da-d33e-4a2a-a46d-48e096a828e0"
	context1 = "691cddb9-b839-41e8-bc5c-ebb4484a2a1f"
	context2 = "00000000-1111-4222-8333-444444444444"
)

func TestDifferences(t *testing.T) {
	want := spec.Claims{
		circleci.ClaimOrganization: org,
		circleci.ClaimVCSOrigin:    "github.com/agent-facets/facets",
		circleci.ClaimContexts:     []string{context1},
	}
	for name, test := range map[string]struct {
		claims map[string]any
		want   []spec.ClaimDifference
	}{
		"the job has one context more": {},
		"in other case":                {claims: map[string]any{circleci.ClaimOrganization: strings.ToUpper(org)}},
		"one context, as a string":     {claims: map[string]any{circleci.ClaimContexts: context1}},
		"another organisation, and no repository": {
			claims: map[string]any{circleci.ClaimOrganization: context2, circleci.ClaimVCSOrigin: nil},
			want: []spec.ClaimDifference{
				{Claim: circleci.ClaimOrganization, Have: []string{context2}, Want: []string{org}},
				{Claim: circleci.ClaimVCSOrigin, Want: []string{"github.com/agent-facets/facets"}},
			},
		},
		"without the context": {
			claims: map[string]any{circleci.ClaimContexts: []string{context2}},
			want:   []spec.ClaimDifference{{Claim: circleci.ClaimContexts, Have: []string{context2}, Want: []string{context1}}},
		},
		"rerun with SSH": {
			claims: map[string]any{circleci.ClaimSSHRerun: true},
			want:   []spec.ClaimDifference{{Claim: circleci.ClaimSSHRerun, Have: []string{"true"}, Want: []string{"false"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			have := ci.Claims{Job: spec.Claims{
				circleci.ClaimOrganization: org, circleci.ClaimContexts: []any{context1, context2},
				circleci.ClaimVCSOrigin: "github.com/agent-facets/facets", circleci.ClaimSSHRerun: false,
			}}
			for claim, value := range test.claims {
				if have.Job[claim] = value; value == nil {
					delete(have.Job, claim)
				}
			}
			got := circleci.Provider{}.Differences(have, spec.TrustedPublisher{Type: circleci.Type, Claims: want})
			g.Expect(got).To(Equal(test.want))
		})
	}
}

func TestSignsOfASelfHostedRunner(t *testing.T) {
	g := NewWithT(t)
	claims := func(name string) ci.Claims { return ci.Claims{Job: spec.Claims{name: "x"}} }
	g.Expect(circleci.Provider{}.SelfHosted(ci.Claims{}, []string{"CIRCLECI=true", "PATH=/bin"})).To(BeEmpty())
	g.Expect(circleci.Provider{}.SelfHosted(claims(circleci.ClaimProject), nil)).To(BeEmpty())
	g.Expect(circleci.Provider{}.SelfHosted(claims("oidc.circleci.com/runner-type"), nil)).To(Equal("oidc.circleci.com/runner-type"))
	g.Expect(circleci.Provider{}.SelfHosted(ci.Claims{}, []string{"CIRCLECI_RUNNER_API_AUTH_TOKEN=sssecret"})).
		To(Equal("CIRCLECI_RUNNER_API_AUTH_TOKEN"), "the name, never the value")
}
