package desired_test

import (
	"testing"

	"github.com/agent-facets/facets-reconcile/desired"
	. "github.com/onsi/gomega"
)

func TestPackagesKnowWhatTheyMayHave(t *testing.T) {
	g := NewWithT(t)
	state, err := desired.Parse([]byte(`
apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
spec:
  artifactAllow: [LICENSE.pem]
  groups:
    - name: cli
      tag: v{version}
      entry: {package: cli, artifactAllow: [dist/*.map, "test/**/*.key"]}
      platforms: {package: "cli-{target}", artifactAllow: [.env], targets: [linux-x64]}
    - name: libraries
      tag: "{package}@{version}"
      packages: [{package: p}, {package: q, artifactAllow: [key.pem]}]
`), "file")
	g.Expect(err).NotTo(HaveOccurred())
	want := map[string]desired.Allowed{
		"cli":           {Own: []string{"dist/*.map", "test/**/*.key"}, Shared: []string{"LICENSE.pem"}},
		"cli-linux-x64": {Shared: []string{"LICENSE.pem", ".env"}},
		"p":             {Shared: []string{"LICENSE.pem"}},
		"q":             {Own: []string{"key.pem"}, Shared: []string{"LICENSE.pem"}},
	}
	releases, err := state.Releases(t.Context(), desired.Selection{}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	released := 0
	for _, r := range releases {
		for _, p := range r.Packages {
			g.Expect(p.Allowed).To(Equal(want[p.Name.String()]), p.Name.String())
			released++
		}
	}
	g.Expect(released).To(Equal(len(want)))
	for _, p := range state.Packages() {
		g.Expect(p.Allowed).To(Equal(want[p.Name.String()]), p.Name.String())
	}
}
