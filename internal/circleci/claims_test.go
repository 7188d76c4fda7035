package circleci_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestDifferences(t *testing.T) {
	want := spec.Claims{
		spec.ClaimOrganization: org,
		spec.ClaimVCSOrigin:    "github.com/agent-facets/facets",
		spec.ClaimContexts:     []string{context1},
	}
	for name, test := range map[string]struct {
		claims map[string]any
		want   []spec.ClaimDifference
	}{
		"the job has one context more": {},
		"in other case":                {claims: map[string]any{spec.ClaimOrganization: strings.ToUpper(org)}},
		"one context, as a string":     {claims: map[string]any{spec.ClaimContexts: context1}},
		"another organisation, and no repository": {
			claims: map[string]any{spec.ClaimOrganization: context2, spec.ClaimVCSOrigin: nil},
			want: []spec.ClaimDifference{
				{Claim: spec.ClaimOrganization, Have: []string{context2}, Want: []string{org}},
				{Claim: spec.ClaimVCSOrigin, Want: []string{"github.com/agent-facets/facets"}},
			},
		},
		"without the context": {
			claims: map[string]any{spec.ClaimContexts: []string{context2}},
			want:   []spec.ClaimDifference{{Claim: spec.ClaimContexts, Have: []string{context2}, Want: []string{context1}}},
		},
		"rerun with SSH": {
			claims: map[string]any{spec.ClaimSSHRerun: true},
			want:   []spec.ClaimDifference{{Claim: spec.ClaimSSHRerun, Have: []string{"true"}, Want: []string{"false"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			decoded, err := circleci.Decode(token(t, noon, test.claims))
			g.Expect(err).NotTo(HaveOccurred())
			got := decoded.Claims.Differences(spec.TrustedPublisher{Type: spec.CircleCI, Claims: want})
			g.Expect(got).To(Equal(test.want))
		})
	}
}
