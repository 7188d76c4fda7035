package desired_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestAccessIsThePackagesOwnElseTheFilesElsePublic(t *testing.T) {
	const groups = `
  groups:
    - name: cli
      tag: v{version}
      entry: {package: "@s/tool", access: restricted}
      platforms: {package: "@s/tool-{target}", access: public, targets: [linux-x64]}
    - name: libraries
      tag: "{package}@{version}"
      packages: [{package: "@s/own", access: restricted}, {package: "@s/usual"}, {package: plain, access: public}]
`
	for usual, access := range map[string]spec.Access{"": spec.AccessPublic, "\n  access: restricted": spec.AccessRestricted} {
		g := NewWithT(t)
		state, err := desired.Parse([]byte("apiVersion: "+desired.APIVersion+"\nkind: DesiredState\nspec:"+usual+groups), "file")
		g.Expect(err).NotTo(HaveOccurred())
		want := map[spec.Name]spec.Access{
			"@s/tool": spec.AccessRestricted, "@s/tool-linux-x64": spec.AccessPublic, "@s/own": spec.AccessRestricted,
			"@s/usual": access, "plain": spec.AccessPublic,
		}
		releases, err := state.Releases(t.Context(), desired.Selection{}, nil)
		g.Expect(err).NotTo(HaveOccurred())
		released := map[spec.Name]spec.Access{}
		for _, r := range releases {
			for _, p := range r.Packages {
				released[p.Name] = p.Access
			}
		}
		g.Expect(released).To(Equal(want))
		for _, p := range state.Packages() {
			g.Expect(p.Access).To(Equal(want[p.Name]), "%s", p.Name)
		}
	}
}
