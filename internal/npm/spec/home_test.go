package spec_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestHome(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	home := spec.Home{Name: "@scope/tool", Suffix: "-linux-x64", DistTag: "linux-x64", Usual: spec.Latest}
	for release, version := range map[spec.Version]spec.Version{
		"1.0.0": "1.0.0-linux-x64", "1.0.0-rc.1": "1.0.0-rc.1-linux-x64", "": "",
	} {
		g.Expect(home.Version(release)).To(Equal(version))
		if release != "" {
			back, ok := home.Release(version)
			g.Expect(back).To(Equal(release))
			g.Expect(ok).To(BeTrue())
		}
	}
	for _, other := range []spec.Version{"1.0.0", "1.0.0-linux-arm64", "1.0.0-linux-x64-musl"} {
		_, ok := home.Release(other)
		g.Expect(ok).To(BeFalse(), string(other))
	}
	for release, tag := range map[spec.DistTag]spec.DistTag{"latest": "linux-x64", "next": "next-linux-x64"} {
		g.Expect(home.Tag(release)).To(Equal(tag))
		back, ok := home.ReleaseTag(tag)
		g.Expect(back).To(Equal(release))
		g.Expect(ok).To(BeTrue())
	}
	for _, other := range []spec.DistTag{"latest", "darwin-x64", "-linux-x64"} {
		_, ok := home.ReleaseTag(other)
		g.Expect(ok).To(BeFalse(), string(other))
	}
	g.Expect(home.Dependency("1.0.0")).To(Equal("npm:@scope/tool@1.0.0-linux-x64"))
}

func TestHomeOfItsOwn(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var own spec.Home
	g.Expect(own.Version("1.0.0")).To(Equal(spec.Version("1.0.0")))
	g.Expect(own.Tag(spec.Latest)).To(Equal(spec.Latest))
	g.Expect(own.Dependency("1.0.0")).To(Equal("1.0.0"))
}

func TestAliased(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	for wanted, want := range map[string][2]string{
		"^1.0.0":                          {"tool-linux-x64", "^1.0.0"},
		"npm:tool@1.0.0-linux-x64":        {"tool", "1.0.0-linux-x64"},
		"npm:@scope/tool@1.0.0-linux-x64": {"@scope/tool", "1.0.0-linux-x64"},
		"npm:@scope/tool":                 {"@scope/tool", "*"},
	} {
		name, version := spec.Aliased("tool-linux-x64", wanted)
		g.Expect([2]string{string(name), version}).To(Equal(want), wanted)
	}
}
