package idtoken_test

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
)

func TestTokensTellWhereTheyAreFrom(t *testing.T) {
	g := NewWithT(t)
	fresh := token(t, noon, nil)
	for from, j := range map[string]*job{
		idtoken.FromNPM:           {env: map[string]string{"NPM_ID_TOKEN": fresh}, now: noon},
		"CIRCLE_OIDC_TOKEN_V2":    {env: map[string]string{"CIRCLE_OIDC_TOKEN_V2": fresh}, now: noon},
		"`circleci run oidc get`": {env: map[string]string{"CIRCLECI": "true"}, now: noon, mint: func() (string, error) { return fresh, nil }},
	} {
		got, err := j.source().Token(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(got.From).To(Equal(from))
	}
}

func TestAnUnfitTokenTellsItsClaims(t *testing.T) {
	g := NewWithT(t)
	foreign := token(t, noon, map[string]any{"aud": org})
	for from, j := range map[string]*job{
		idtoken.FromNPM:           {env: map[string]string{"NPM_ID_TOKEN": foreign}, now: noon},
		"`circleci run oidc get`": {env: map[string]string{"CIRCLECI": "true"}, now: noon, mint: func() (string, error) { return foreign, nil }},
	} {
		_, err := j.source().Token(t.Context())
		unfit, ok := errors.AsType[*idtoken.UnfitError](err)
		g.Expect(ok).To(BeTrue(), "%v", err)
		g.Expect(unfit.From).To(Equal(from))
		g.Expect(unfit.Audience).To(Equal(audience))
		g.Expect(unfit.Claims.Audience).To(Equal([]string{org}))
		g.Expect(err).To(MatchError(ContainSubstring(from + ": the ID token is for")))
		g.Expect(err.Error()).NotTo(ContainSubstring(foreign))
	}

	j := &job{env: map[string]string{"CIRCLECI": "true"}, now: noon, mint: func() (string, error) { return "", errors.New("no such program") }}
	_, err := j.source().Token(t.Context())
	_, unminted := errors.AsType[*idtoken.MintError](err)
	g.Expect(unminted).To(BeTrue())
}
