package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
)

func TestTheRepositoryIsThatOfTheProvenance(t *testing.T) {
	for value, says := range map[string]string{
		`"o/r"`:                             "",
		`"github:o/r"`:                      "",
		`{"url": "git@github.com:o/r.git"}`: "",
		`{"type": "git", "url": "https://github.com/o/r", "directory": "packages/p"}`: "",
		`"o/other"`:     `names the repository "git+https://github.com/o/other.git"`,
		`"O/r"`:         "upper and lower case",
		`"gitlab:o/r"`:  "gitlab.com",
		`null`:          "names no repository",
		`{"url": null}`: "names no repository",
		`[1]`:           "names no repository",
	} {
		g := NewWithT(t)
		directory := packagetest.Directory(t, map[string]string{"package.json": `{"name": "p", "version": "1.0.0", "repository": ` + value + `}`})
		a, err := artifact.Open(t.Context(), directory)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(check(t, a, rules.Want{})).To(Succeed(), "%s: there is no provenance", value)
		refusal := check(t, a, rules.Want{Source: "https://github.com/o/r"})
		if says == "" {
			g.Expect(refusal).NotTo(HaveOccurred(), value)
			continue
		}
		g.Expect(refusal).To(MatchError(And(ContainSubstring(says), ContainSubstring("git+https://github.com/o/r.git"))), value)
	}
}
