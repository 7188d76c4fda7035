package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
)

func TestAVersionIsNotPublishedDeprecated(t *testing.T) {
	for value, says := range map[string]string{
		`null`: "", `false`: "", `""`: "",
		`"use other"`: `its package.json deprecates the version that it is for ("use other")`,
		`true`:        "its package.json deprecates the version that it is for;",
		`{"a": 1}`:    "its package.json deprecates the version that it is for;",
	} {
		t.Run(value, func(t *testing.T) {
			g := NewWithT(t)
			document := `{"name": "p", "version": "1.0.0", "deprecated": ` + value + `}`
			a, err := artifact.Open(t.Context(), packagetest.Directory(t, map[string]string{"package.json": document}))
			g.Expect(err).NotTo(HaveOccurred())
			refusal := check(t, a, rules.Want{})
			if says == "" {
				g.Expect(refusal).NotTo(HaveOccurred())
				return
			}
			g.Expect(refusal).To(MatchError(And(ContainSubstring(says), ContainSubstring("npm deprecate"))))
		})
	}
}
