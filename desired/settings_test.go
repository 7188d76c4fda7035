package desired_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestSettingsAreThePackagesOwnElseTheFiles(t *testing.T) {
	type settled struct {
		access     spec.Access
		set        bool
		tokens     spec.Tokens
		deprecated string
	}
	const usual = "<1.0.0: too old; 0.9.9 || 1.2.x: ; "
	want := map[spec.Name]settled{
		"@s/tool":           {spec.AccessPublic, true, spec.TokensForbidden, ""},
		"@s/tool-linux-x64": {spec.AccessPublic, false, spec.TokensAllowed, usual},
		"@s/own":            {spec.AccessRestricted, false, spec.TokensForbidden, "*: moved; "},
		"plain":             {spec.AccessPublic, false, spec.TokensForbidden, usual},
	}
	check := func(packages []desired.Package) {
		for _, p := range packages {
			deprecated := ""
			for _, d := range p.Deprecated {
				deprecated += d.Given + ": " + d.Message + "; "
			}
			NewWithT(t).Expect(settled{p.Access, p.SetAccess, p.Tokens, deprecated}).To(Equal(want[p.Name]), "%s", p.Name)
		}
	}
	state := load(t, "testdata/settings.yaml")
	check(state.Packages())
	releases, err := state.Releases(t.Context(), desired.Selection{}, nil)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, r := range releases {
		check(r.Packages)
	}
}

func TestAccessThatIsToBeSetIsSaidOfAllPackages(t *testing.T) {
	state := parse(t, `
  settings: {access: restricted}
  groups: [{name: g, tag: "{package}@{version}", packages: [{package: "@s/a"}, {package: "@s/b", access: public}]}]
`)
	g := NewWithT(t)
	packages := state.Packages()
	g.Expect(packages[0]).To(And(HaveField("Access", spec.AccessRestricted), HaveField("SetAccess", true)))
	g.Expect(packages[1]).To(And(HaveField("Access", spec.AccessPublic), HaveField("SetAccess", false)))
}

func TestPlatformsInTheEntrysPackageHaveItsSettings(t *testing.T) {
	state := parse(t, `
  access: restricted
  groups:
    - name: g
      tag: v{version}
      entry: {package: "@s/a", settings: {access: public, tokens: allowed, deprecated: [{versions: <1, message: old}]}}
      platforms: {package: "@s/a", alias: "@s/a-{target}", targets: [linux-x64]}
`)
	g := NewWithT(t)
	packages := state.Packages()
	g.Expect(packages).To(HaveLen(2))
	g.Expect(packages[1].Home.Name).To(Equal(spec.Name("@s/a")))
	for _, p := range packages {
		g.Expect(p).To(And(HaveField("Access", spec.AccessPublic), HaveField("SetAccess", true), HaveField("Tokens", spec.TokensAllowed)))
		g.Expect(p.Deprecated).To(HaveLen(1))
	}
}
