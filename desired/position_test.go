package desired_test

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const positioned = `apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
spec:
  source: {github: o/r}
  groups:
    - name: cli
      tag: v{version}
      version: 1.0.0
      entry:
        package: cli
      platforms:
        package: "@s/cli-{target}"
        targets: [linux-x64, darwin-arm64]
    - name: libraries
      tag: "{package}@{version}"
      packages:
        - package: core
          version: 2.0.0
        - artifact: dist
          package: adapter
`

func TestWherePackagesStand(t *testing.T) {
	state, err := desired.Parse([]byte(positioned), "file")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, c := range []struct {
		name         spec.Name
		field        string
		line, column int
	}{
		{"cli", "", 10, 9},
		{"cli", "version", 8, 7},
		{"@s/cli-darwin-arm64", "", 13, 30},
		{"@s/cli-linux-x64", "version", 8, 7},
		{"core", "version", 18, 11},
		{"core", "artifact", 17, 11},
		{"adapter", "", 19, 11},
		{"adapter", "version", 19, 11},
		{"nobody", "", 5, 3},
		{"", "", 5, 3},
	} {
		NewWithT(t).Expect(state.Where(c.name, c.field)).To(Equal(desired.Position{Line: c.line, Column: c.column}), "%s %s", c.name, c.field)
	}
	NewWithT(t).Expect((&desired.State{}).Where("cli", "")).To(BeZero())
}

func TestWhereProblemsStand(t *testing.T) {
	for text, where := range map[string]desired.Position{
		"apiVersion: v2\n":            {Line: 1, Column: 1},
		"kind: x\n  a: b\n":           {Line: 2},
		"spec:\n  groups:\n \t- a\n":  {Line: 3, Column: 2},
		"":                            {},
		"spec:\n  groups: [{nam: x}]": {Line: 2, Column: 13},
	} {
		g := NewWithT(t)
		_, err := desired.Parse([]byte(text), "file")
		var invalid *desired.InvalidError
		g.Expect(errors.As(err, &invalid)).To(BeTrue())
		g.Expect(invalid.Problems).To(ContainElement(HaveField("Position", where)), "%s", err)
	}
}
