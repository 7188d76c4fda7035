package e2e_test

import (
	"cmp"
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const stateFile = "desired-state.yaml"

// The packages of testdata/demo.
func demoPlatforms() map[string]spec.Platform {
	return map[string]spec.Platform{
		"@demo/cli-darwin-arm64": {OS: []string{"darwin"}, CPU: []string{"arm64"}},
		"@demo/cli-linux-arm64":  {OS: []string{"linux"}, CPU: []string{"arm64"}},
		"@demo/cli-linux-x64":    {OS: []string{"linux"}, CPU: []string{"x64"}},
	}
}

func demoNames() []string {
	return append(slices.Sorted(maps.Keys(demoPlatforms())), "@demo/adapter", "@demo/core", "demo")
}

// demoRepository is where the demo is built: npm compares it with the provenance.
const demoRepository = "git+https://github.com/example/demo.git"

// newDemo is a place with the demo project: its state file and workspace, and nothing built.
func newDemo() *place {
	GinkgoHelper()
	p := newPlace()
	p.copy("testdata/demo/desired-state.yaml", stateFile)
	p.write("package.json", `{"name": "demo-workspace", "private": true, "workspaces": ["packages/*"]}`)
	p.write("packages/site/package.json", `{"name": "@demo/site", "version": "3.0.0", "private": true}`)
	return p
}

// build leaves the demo's artifacts of one version where its state file says.
func (p *place) build(version string) {
	GinkgoHelper()
	for name := range demoPlatforms() {
		p.buildPlatform(name, name, version)
	}
	p.standIn("dist/demo", standin.Package{Name: "demo", Version: spec.Version(version)})
	p.standIn("packages/adapter", standin.Package{Name: "@demo/adapter", Version: spec.Version(version)})
	p.standIn("packages/core", standin.Package{Name: "@demo/core", Version: spec.Version(version)})
}

// buildPlatform leaves one platform's artifact, with the executable that another one should have.
func (p *place) buildPlatform(name, executable, version string) {
	GinkgoHelper()
	want := standin.Package{
		Name: spec.Name(name), Version: spec.Version(version), Platform: demoPlatforms()[executable], Binary: true,
	}
	p.standIn("dist/"+name, want)
}

func (p *place) standIn(path string, want standin.Package) {
	GinkgoHelper()
	Expect(standin.Write(p.path(path), want, nil, cmp.Or(p.repository, demoRepository))).To(Succeed())
}
