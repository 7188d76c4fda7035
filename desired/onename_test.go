package desired_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestPlatformsThatAreVersionsOfOnePackage(t *testing.T) {
	g := NewWithT(t)
	state := load(t, "testdata/onename.yaml")
	type onNpm struct {
		version, dependency string
		latest, next        spec.DistTag
		access              spec.Access
	}
	found := map[spec.Name]onNpm{}
	for _, p := range state.Packages() {
		found[p.Name] = onNpm{p.On("1.2.3"), p.Home.Dependency("1.2.3"), p.Home.Tag("latest"), p.Home.Tag("next"), p.Access}
	}
	g.Expect(found).To(Equal(map[spec.Name]onNpm{
		"@tool/cli": {"@tool/cli@1.2.3", "1.2.3", "latest", "next", "public"},
		"@tool/cli-darwin-arm64": {
			"@tool/cli@1.2.3-darwin-arm64", "npm:@tool/cli@1.2.3-darwin-arm64", "darwin-arm64", "next-darwin-arm64", "public"},
		"@tool/cli-linux-x64": {
			"@tool/cli@1.2.3-linux-x64", "npm:@tool/cli@1.2.3-linux-x64", "linux-x64", "next-linux-x64", "public"},
		"@tool/cli-linux-x64-musl": {
			"@tool/cli@1.2.3-linux-x64-musl", "npm:@tool/cli@1.2.3-linux-x64-musl", "linux-x64-musl", "next-linux-x64-musl", "public"},
		"@tool/beside": {"@tool/beside@1.2.3", "1.2.3", "latest", "next", "restricted"},
		"@tool/linux-arm64": { // the group's usual dist-tag is another
			"@tool/binaries@1.2.3-bin.linux-arm64", "npm:@tool/binaries@1.2.3-bin.linux-arm64",
			"latest-of-linux-arm64", "next-of-linux-arm64", "restricted"},
	}))
}

func TestVersionsOfTheEntrysPackageThatArePlatforms(t *testing.T) {
	g := NewWithT(t)
	all := releases(t, load(t, "testdata/onename.yaml"), desired.Selection{}, nil)
	cli := all["@tool/cli"]
	for version, platform := range map[spec.Version]bool{
		"1.0.0": false, "1.0.0-rc.1": false, "1.0.0-alpha-1": false, "1.0.0-next.64": false,
		"1.0.0-linux-x64": true, "1.0.0-rc.1-linux-x64-musl": true,
		"0.1.0-win32": true, "0.1.0-linuxmusl-x64": true, "0.1.0-beta.2-freebsd-x64": true, // not declared any more
	} {
		g.Expect(cli.Foreign()(version)).To(Equal(platform), version.String())
	}
	g.Expect(all["@tool/beside"].Foreign()).To(BeNil(), "they have a package of their own")
	g.Expect(cli.PlatformName("@tool/cli-linux-x64")).To(BeTrue())
	g.Expect(cli.PlatformName("@tool/cli")).To(BeFalse())
}

func TestTagsOfPlatformsReleaseNothing(t *testing.T) {
	g := NewWithT(t)
	state := parse(t, `  source: {github: o/r}
  groups:
    - name: tool
      tag: v{version}
      prereleases: true
      entry: {package: tool}
      platforms: {package: tool, alias: "tool-{target}", targets: [linux-x64]}
`)
	repo := &repository{tags: []string{"v1.0.0", "v1.1.0-rc.1", "v1.1.0-rc.2-linux-x64", "v1.1.0-rc.1-win32-x64", "v0.9.0-linux-x64"}}
	tool := releases(t, state, desired.Selection{Earlier: 5}, repo)["tool"]
	g.Expect(tool.Tag).To(Equal("v1.1.0-rc.1"))
	g.Expect(tool.Earlier).To(Equal([]desired.Earlier{{Tag: "v1.0.0", Version: "1.0.0"}}))
	_, err := state.Releases(t.Context(), desired.Selection{Tag: "v1.0.0-linux-x64"}, repo)
	g.Expect(err).To(MatchError(`the tag "v1.0.0-linux-x64" names no release of the state file: 1.0.0-linux-x64 is the version of a platform; ` +
		`its tags have the forms v{version}`))
}
