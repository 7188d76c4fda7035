package initial_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/initial"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// onePackage is a registry with one package of many versions.
type onePackage struct {
	name     spec.Name
	tags     map[spec.DistTag]spec.Version
	versions map[spec.Version]spec.Manifest
}

func (r onePackage) DistTags(_ context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error) {
	if name != r.name {
		return nil, spec.ErrNotFound
	}
	return r.tags, nil
}

func (r onePackage) Manifest(_ context.Context, name spec.Name, version spec.Version) (spec.Manifest, error) {
	m, ok := r.versions[version]
	if !ok || name != r.name {
		return m, spec.ErrNotFound
	}
	m.Name, m.Version = name, version
	return m, nil
}

func (r onePackage) Versions(_ context.Context, name spec.Name) ([]spec.Version, error) {
	if name != r.name {
		return nil, spec.ErrNotFound
	}
	return slices.SortedFunc(maps.Keys(r.versions), spec.Version.Compare), nil
}

func TestPlatformsThatAreVersionsOfTheEntrysPackage(t *testing.T) {
	g := NewWithT(t)
	r := onePackage{
		name: "@open/tool",
		tags: map[spec.DistTag]spec.Version{"latest": "0.9.0", "linux-x64": "0.9.0-linux-x64", "win32-x64": "0.9.0-win32-x64",
			"old": "0.9.0-linux-x64"},
		versions: map[spec.Version]spec.Manifest{
			"0.9.0": {OptionalDependencies: spec.Dependencies{
				"@open/tool-linux-x64": "npm:@open/tool@0.9.0-linux-x64", "@open/tool-win32-x64": "npm:@open/tool@0.9.0-win32-x64",
				"@open/tool-darwin-arm64": "npm:@open/tool@0.9.0-darwin-arm64", // not there
				"another":                 "npm:@open/tool@0.8.0", "nearest-linux-x64": "npm:fork@0.9.0-linux-x64",
			}},
			"0.9.0-linux-x64": {OS: spec.List{"linux"}, CPU: spec.List{"x64"}, Libc: spec.List{"musl"}},
			"0.9.0-win32-x64": {OS: spec.List{"win32"}, CPU: spec.List{"x64"}},
		},
	}
	draft, err := initial.FromEntry(t.Context(), "@open/tool", r, tags{}.of)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(draft.State.Spec.Groups[0].Platforms).To(Equal(desired.Blocks{{
		Package: "@open/tool", Version: "{version}-{target}", Alias: "@open/tool-{target}", DistTag: "{target}",
		Targets: []desired.Target{{Name: "darwin-arm64"}, {Name: "linux-x64", Libc: spec.List{"musl"}}, {Name: "win32-x64"}},
	}}))
	g.Expect(draft.Notes).To(ContainElements(
		"not on the registry, so in the file by what their names tell: @open/tool-darwin-arm64",
		"left out, as they are aliases (npm:) of other packages: another, nearest-linux-x64"))
	_, err = draft.YAML() // which is read once more
	g.Expect(err).NotTo(HaveOccurred())
}

// The name of the tool may begin like one of a machine.
func TestPlatformsOfOneNameThatBeginsLikeASystem(t *testing.T) {
	g := NewWithT(t)
	r := onePackage{
		name: "@win/linux-tool",
		tags: map[spec.DistTag]spec.Version{"latest": "1.2.3", "linux-x64": "1.2.3-linux-x64"},
		versions: map[spec.Version]spec.Manifest{
			"1.2.3": {OptionalDependencies: spec.Dependencies{
				"@win/linux-tool-linux-x64": "npm:@win/linux-tool@1.2.3-linux-x64", "@win/linux-tool-darwin-arm64": "npm:@win/linux-tool@1.2.3-darwin-arm64",
			}},
			"1.2.3-linux-x64":    {OS: spec.List{"linux"}, CPU: spec.List{"x64"}},
			"1.2.3-darwin-arm64": {OS: spec.List{"darwin"}, CPU: spec.List{"arm64"}},
		},
	}
	draft, err := initial.FromEntry(t.Context(), "@win/linux-tool", r, tags{}.of)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(draft.State.Spec.Groups[0].Platforms).To(Equal(desired.Blocks{{
		Package: "@win/linux-tool", Version: "{version}-{target}", Alias: "@win/linux-tool-{target}", DistTag: "{target}",
		Targets: []desired.Target{{Name: "darwin-arm64"}, {Name: "linux-x64"}},
	}}))
}
