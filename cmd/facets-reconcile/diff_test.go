package main

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const together = "apiVersion: " + desired.APIVersion + "\nkind: " + desired.Kind + `
spec:
  groups:
    - name: tool
      tag: v{version}
      entry: {package: tool}
      platforms:
        - {package: "tool-{target}", targets: [linux-x64]}
        - {package: "libs-{target}", version: 7.1.0, targets: [linux-x64]}
    - {name: libraries, tag: "v{version}", packages: [{package: core}]}
    - {name: alone, tag: "{package}-{version}", packages: [{package: docs}]}
`

func TestWhatDiffLooksAt(t *testing.T) {
	state, err := desired.Parse([]byte(together), "file")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for text, want := range map[string]namedRelease{
		"v1.2.0":               {tag: "v1.2.0", form: "v{version}", version: "1.2.0"},
		"tool@1.2.0":           {tag: "v1.2.0", form: "v{version}", version: "1.2.0"},
		"tool-linux-x64@1.2.0": {tag: "v1.2.0", form: "v{version}", version: "1.2.0", only: "tool-linux-x64"},
		"libs-linux-x64@7.0.0": {version: "7.0.0", only: "libs-linux-x64"},
		"core@1.2.0":           {tag: "v1.2.0", form: "v{version}", version: "1.2.0", only: "core"},
		"docs@1.2.0":           {tag: "docs-1.2.0", form: "docs-{version}", version: "1.2.0"},
	} {
		found, err := findRelease(t.Context(), state, text)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(found).To(Equal(want), text)
	}
}

func TestEachVersionIsComparedWithOneOfItsOwn(t *testing.T) {
	g := NewWithT(t)
	state, err := desired.Parse([]byte(together), "file")
	g.Expect(err).NotTo(HaveOccurred())
	releases, err := state.Releases(t.Context(), desired.Selection{Tag: "v1.2.0"}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	d := comparing{flags: &flags{}, old: "1.1.0", form: "v{version}"}
	wanted, _ := d.selected(releases)
	from := map[string]string{}
	for _, w := range wanted {
		from[w.Name.String()] = w.From.String()
	}
	g.Expect(from).To(Equal(map[string]string{"tool": "1.1.0", "tool-linux-x64": "1.1.0", "libs-linux-x64": "", "core": "1.1.0"}))
}

func TestTheSandboxTakesWhatReportsCallAVersion(t *testing.T) {
	state, err := desired.Parse([]byte("apiVersion: "+desired.APIVersion+"\nkind: "+desired.Kind+`
spec:
  groups:
    - name: tool
      tag: v{version}
      entry: {package: tool}
      platforms: {package: tool, alias: "tool-{target}", targets: [linux-x64]}
`), "file")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for named, want := range map[[2]string]string{
		{"tool-linux-x64", "1.0.0"}: "tool@1.0.0-linux-x64", {"tool", "1.0.0"}: "tool@1.0.0",
		{"tool", "1.0.0-linux-x64"}: "tool@1.0.0-linux-x64", {"other", "1.0.0"}: "other@1.0.0",
	} {
		name, version := onNpm(state, spec.Name(named[0]), spec.Version(named[1]))
		NewWithT(t).Expect(name.String() + "@" + version.String()).To(Equal(want))
	}
}
