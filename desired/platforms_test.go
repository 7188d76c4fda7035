package desired_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const ownVersions = `  source: {github: o/r}
  groups:
    - name: image
      tag: v{version}
      entry: {package: image}
      platforms:
        - package: "@image/{target}"
          targets: [linux-x64, darwin-arm64]
        - package: "@image/libs-{target}"
          version: 7.1.0
          artifactAllow: [test.pem]
          targets: [linux-x64]
        - package: "@image/fonts-{target}"
          tag: fonts-v{version}
          targets: [linux-x64]
`

func apart(r desired.Release) map[spec.Name]spec.Version {
	found := map[spec.Name]spec.Version{}
	for _, p := range r.Apart {
		found[p.Name] = p.Version
	}
	return found
}

func TestPlatformsAtVersionsOfTheirOwn(t *testing.T) {
	g := NewWithT(t)
	state := parse(t, ownVersions)
	g.Expect(state.Packages()).To(HaveLen(5))
	for _, tag := range []string{"", "v2.0.0"} {
		repo := &repository{tags: []string{"v1.0.0", "v2.0.0", "fonts-v3.0.0", "fonts-v3.1.0"}}
		got := releases(t, state, desired.Selection{Tag: tag}, repo)
		image, libs, fonts := got["image"], got["@image/libs-linux-x64"], got["@image/fonts-linux-x64"]
		g.Expect(image.Version).To(Equal(spec.Version("2.0.0")))
		g.Expect(image.Platforms()).To(HaveLen(2))
		g.Expect(apart(image)).To(Equal(map[spec.Name]spec.Version{"@image/libs-linux-x64": "7.1.0", "@image/fonts-linux-x64": "3.1.0"}))
		g.Expect(libs.ReleasedApart()).To(BeTrue())
		g.Expect([]any{libs.Version, libs.Tag, libs.PinWithoutTag}).To(Equal([]any{spec.Version("7.1.0"), "v2.0.0", false}))
		g.Expect([]any{fonts.Version, fonts.Tag}).To(Equal([]any{spec.Version("3.1.0"), "fonts-v3.1.0"}))
		g.Expect([]bool{image.Selected, libs.Selected, fonts.Selected}).To(Equal([]bool{true, true, tag == ""}))
		g.Expect(libs.Packages[0].Allowed.Shared).To(Equal([]string{"test.pem"}))
		g.Expect(fonts.Packages[0].Allowed.Shared).To(BeEmpty())
		for name, version := range map[spec.Name]spec.Version{"@image/linux-x64": "2.0.0", "@image/libs-linux-x64": "7.1.0"} {
			wanted, ok := image.PlatformVersion(name)
			g.Expect(ok).To(BeTrue())
			g.Expect(wanted).To(Equal(version))
		}
		g.Expect(image.PlatformName("@image/libs-linux-arm64")).To(BeTrue(), "a target that is not declared")
		g.Expect(image.PlatformName("@image/sounds-linux-x64")).To(BeFalse(), "another family")
	}
	g.Expect(releases(t, state, desired.Selection{Tag: "fonts-v9.0.0"}, &repository{})["@image/fonts-linux-x64"].Selected).To(BeTrue())
}

func TestTwoEntriesOverOneSetOfPlatforms(t *testing.T) {
	g := NewWithT(t)
	state := parse(t, `  source: {github: o/r}
  groups:
    - name: tool
      tag: v{version}
      entry: {package: tool}
      platforms: {package: "@tool/{target}", targets: [linux-x64]}
    - name: tool-core
      tag: core-v{version}
      entry: {package: "@tool/core"}
      platforms: {group: tool}
`)
	g.Expect(state.Packages()).To(HaveLen(3))
	for _, tag := range []string{"", "core-v5.0.0"} {
		got := releases(t, state, desired.Selection{Tag: tag}, &repository{tags: []string{"v1.4.0", "core-v5.0.0"}})
		core := got["@tool/core"]
		g.Expect(core.Packages).To(HaveLen(1))
		g.Expect(apart(core)).To(Equal(map[spec.Name]spec.Version{"@tool/linux-x64": "1.4.0"}))
		g.Expect(core.PlatformName("@tool/linux-arm64")).To(BeTrue())
		g.Expect(got["tool"].Apart).To(BeEmpty())
	}
}

func TestOneTagReleasesAllThatShareItsForm(t *testing.T) {
	g := NewWithT(t)
	state := parse(t, `  source: {github: o/r}
  groups:
    - name: tool
      tag: v{version}
      entry: {package: tool}
      platforms: {package: "@tool/{target}", targets: [linux-x64]}
    - {name: libraries, tag: "v{version}", packages: [{package: "@tool/a"}, {package: "@tool/b"}, {package: "@tool/c", version: 0.9.0}]}
    - {name: docs, tag: "docs-v{version}", packages: [{package: "@tool/docs"}]}
`)
	got := releases(t, state, desired.Selection{Tag: "v1.2.0"}, nil)
	for _, name := range []string{"tool", "@tool/a", "@tool/b", "@tool/c"} {
		g.Expect(got[name].Selected).To(BeTrue(), name)
		g.Expect(got[name].Version).To(Equal(spec.Version("1.2.0")), name)
	}
	g.Expect(got["@tool/docs"].Selected).To(BeFalse())
	got = releases(t, state, desired.Selection{}, &repository{tags: []string{"v1.1.0", "v1.2.0", "docs-v3.0.0", "v0.9.0"}})
	g.Expect([]spec.Version{got["tool"].Version, got["@tool/b"].Version, got["@tool/c"].Version, got["@tool/docs"].Version}).To(
		Equal([]spec.Version{"1.2.0", "1.2.0", "0.9.0", "3.0.0"}))
}
