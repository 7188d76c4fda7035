package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

func TestAnEntryHoldsNoPlatform(t *testing.T) {
	bin := executable("linux", "x64")
	platformJSON := func(name string) string { return `{"name": "` + name + `", "version": "1.0.0"}` }
	for name, test := range map[string]struct {
		folder  string // of the platforms below the entry, as the state file says
		fields  string
		files   map[string]string
		refusal string
		warning string
	}{
		"beside it": {"", `"bin": "p.js"`, map[string]string{"p.js": "#!/usr/bin/env node\n"}, "", ""},
		"where the build leaves them": {"dist/p-linux-x64", `"bin": "dist/p.js"`, map[string]string{
			"dist/p.js": "", "README.md": "", "dist/p-linux-x64/bin/p": bin, "dist/p-darwin-arm64/package.json": platformJSON("@s/p-darwin-arm64"),
		}, `dist/p-darwin-arm64, dist/p-linux-x64; in its package.json, write "files": ["dist/", "!dist/p-*"]`, ""},
		"one alone": {"dist/p-linux-x64", `"bin": "bin/p.js"`, map[string]string{"bin/p.js": "", "lib.js": "", "dist/p-linux-x64/bin/p": bin},
			`write "files": ["bin/", "lib.js"]`, ""},
		"by the names in them": {"", `"bin": "p.js"`, map[string]string{
			"p.js": "", "npm/a/package.json": platformJSON("@s/p-linux-x64"), "npm/a/p": bin, "npm/b/package.json": platformJSON("@s/p-win32-x64"),
		}, `every user would download: npm/a, npm/b; in its package.json, write "files": ["p.js"]`, ""},
		"their .tgz": {"dist/p-linux-x64-*.tgz", `"bin": "p.js"`, map[string]string{"p.js": "", "dist/p-linux-x64-1.0.0.tgz": "x"},
			"dist/p-linux-x64-1.0.0.tgz", ""},
		"in node_modules of it": {"", `"bin": "p.js"`, map[string]string{"p.js": "", "x/node_modules/@s/p-linux-x64/package.json": platformJSON("@s/p-linux-x64"),
			"x/node_modules/@s/p-linux-x64/p": bin}, "x/node_modules/@s/p-linux-x64", ""},
		"a template of one":   {"", `"bin": "p.js"`, map[string]string{"p.js": "", "npm/a/package.json": platformJSON("@s/p-linux-x64")}, "", "npm/a"},
		"others":              {"dist/p-linux-x64", `"bin": "p.js"`, map[string]string{"p.js": bin, "q/package.json": platformJSON("@s/q")}, "", ""},
		"what only looks so":  {"dist/p-linux-x64", `"bin": "p.js"`, map[string]string{"p.js": "", "dist/p-linux-x64.js": "", "q/dist/p-linux-x64/x": bin}, "", ""},
		"broken package.json": {"", `"bin": "p.js"`, map[string]string{"p.js": "", "q/package.json": `{"name": ["@s/p-linux-x64"]}`, "r/package.json": "{"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			want := entry("@s/p-linux-x64", "@s/p-darwin-arm64", "@s/p-win32-x64")
			want.Members[0].Folder = test.folder
			files := map[string]string{"package.json": document + test.fields + "}"}
			for name, contents := range test.files {
				files[name] = contents
			}
			refusals, warnings := judged(t, "nested", want, files)
			if test.refusal == "" {
				g.Expect(refusals).To(BeEmpty())
			} else {
				g.Expect(refusals).To(ConsistOf(ContainSubstring(test.refusal)))
			}
			if test.warning == "" {
				g.Expect(warnings).To(BeEmpty())
			} else {
				g.Expect(warnings).To(ConsistOf(ContainSubstring(test.warning)))
			}
		})
	}
}

func TestTheFilesLineMendsWhatItIsToldFor(t *testing.T) {
	g := NewWithT(t)
	files := map[string]string{
		"package.json": document + `"bin": "dist/p.js"}`, "dist/p.js": "", "lib/a.js": "", "LICENSE": "",
		"dist/p-linux-x64/bin/p": executable("linux", "x64"), "dist/p-darwin-arm64/bin/p": executable("darwin", "arm64"),
	}
	want := entry("@s/p-linux-x64", "@s/p-darwin-arm64")
	want.Members[0].Folder, want.Members[1].Folder = "dist/p-linux-x64", "dist/p-darwin-arm64"
	refusals, _ := told(t, forms(t, files)[0], "nested", want)
	const line = `"files": ["dist/", "lib/", "!dist/p-*"]`
	g.Expect(refusals).To(ConsistOf(ContainSubstring(line)))

	files["package.json"] = document + `"bin": "dist/p-linux-x64/bin/p", ` + line + `}`
	a, err := artifact.Open(t.Context(), packagetest.Directory(t, files))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(a.Files()).To(ContainElements("LICENSE", "package.json", "lib/a.js"))
	files["package.json"] = document + `"bin": "dist/p.js", ` + line + `}`
	a, err = artifact.Open(t.Context(), packagetest.Directory(t, files))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(a.Files()).To(ConsistOf("LICENSE", "package.json", "lib/a.js", "dist/p.js"))
	refusals, _ = told(t, a, "nested", want)
	g.Expect(refusals).To(BeEmpty())
}
