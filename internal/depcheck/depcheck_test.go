package depcheck_test

import (
	"os"
	"testing"
	"testing/fstest"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/depcheck"
)

const module = "github.com/agent-facets/facets-reconcile"

func TestHouseKeepsItsImportRules(t *testing.T) {
	g := NewWithT(t)
	imports, err := depcheck.Read(module, os.DirFS("../.."))
	g.Expect(err).NotTo(HaveOccurred())

	// Imports that are there by design: were they not seen, the rules would hold over nothing.
	seen := map[[2]string]bool{}
	for _, i := range imports {
		seen[[2]string{i.Package, i.Path}] = true
	}
	for _, known := range [][2]string{
		{"cmd/facets-reconcile", "internal/sandbox"},
		{"desired", "os"},
		{"internal/github", "github.com/google/go-github/v60/github"},
		{"internal/npm/spec", "crypto/sha512"},
		{"observed", "internal/npm/spec"},
		{"reconcile", "desired"},
		{"reconcile", "observed"},
	} {
		g.Expect(seen).To(HaveKey(known))
	}

	for _, v := range depcheck.Check(imports, depcheck.House()) {
		t.Error(v)
	}
}

func TestCheckFindsWhatTheHouseForbids(t *testing.T) {
	const goGitHub = "github.com/google/go-github/v60/github"
	for _, c := range []struct {
		importer, imported string
		allowed            bool
	}{
		{importer: "desired", imported: "observed"},
		{importer: "desired", imported: "reconcile"},
		{importer: "desired/tag", imported: "reconcile/plan"},
		{importer: "desired", imported: "os", allowed: true},
		{importer: "observed", imported: "desired"},
		{importer: "observed", imported: "reconcile"},
		{importer: "observed", imported: "internal/npm/spec", allowed: true},
		{importer: "reconcile", imported: "desired", allowed: true},
		{importer: "reconcile", imported: "observed", allowed: true},
		{importer: "reconcile", imported: "net/http"},
		{importer: "reconcile", imported: "net/http/httptest"},
		{importer: "reconcile", imported: "os"},
		{importer: "reconcile", imported: "os/exec"},
		{importer: "reconcile", imported: "internal/npm"},
		{importer: "reconcile", imported: "internal/npm/npmrc"},
		{importer: "reconcile", imported: "internal/npm/spec", allowed: true},
		{importer: "reconcile", imported: goGitHub},
		{importer: "internal/npm/spec", imported: "os"},
		{importer: "internal/npm/spec", imported: "net"},
		{importer: "internal/npm/spec", imported: "net/http"},
		{importer: "internal/npm/spec", imported: "io/fs"},
		{importer: "internal/npm/spec", imported: "io", allowed: true},
		{importer: "internal/npm/spec", imported: "net/url", allowed: true},
		{importer: "internal/npm", imported: "net/http", allowed: true},
		{importer: "internal/compare", imported: "net/http"},
		{importer: "internal/compare", imported: "internal/npm"},
		{importer: "internal/compare", imported: "internal/npm/spec", allowed: true},
		{importer: "internal/notify", imported: "reconcile"},
		{importer: "internal/notify", imported: "net/http", allowed: true},
		{importer: "internal/report", imported: "cmd/facets-reconcile"},
		{importer: "internal/actor", imported: "internal/sandbox"},
		{importer: "internal/npm", imported: "internal/fault"},
		{importer: "cmd/facets-reconcile", imported: "internal/fault", allowed: true},
		{importer: "e2e/chaos", imported: "internal/fault", allowed: true},
		{importer: "internal/sandbox", imported: "internal/sandbox/issuer", allowed: true},
		{importer: "cmd/facets-reconcile", imported: "internal/sandbox", allowed: true},
		{importer: "e2e/bench", imported: "internal/sandbox", allowed: true},
		{importer: "cmd/facets-reconcile", imported: goGitHub},
		{importer: "internal/github", imported: goGitHub, allowed: true},
		{importer: "observed", imported: "desiredly", allowed: true},
	} {
		t.Run(c.importer+" imports "+c.imported, func(t *testing.T) {
			g := NewWithT(t)
			file := c.importer + "/x.go"
			found := depcheck.Check([]depcheck.Import{{File: file, Package: c.importer, Path: c.imported}}, depcheck.House())
			if c.allowed {
				g.Expect(found).To(BeEmpty())
				return
			}
			g.Expect(found).NotTo(BeEmpty())
			g.Expect(found[0].String()).To(HavePrefix("%s imports %q: ", file, c.imported))
		})
	}
}

func TestReadTellsOwnPackagesByTheirFolder(t *testing.T) {
	g := NewWithT(t)
	file := func(source string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(source)} }
	imports, err := depcheck.Read("example.test/house", fstest.MapFS{
		"a/a.go":              file("package a\n\nimport (\n\t\"os\"\n\tb \"example.test/house/b\"\n\t_ \"example.test/houses/c\"\n)\n"),
		"a/a_test.go":         file("package a\n\nimport \"testing\"\n"),
		"b/b_windows.go":      file("//go:build windows\n\npackage b\n\nimport `net`\n"),
		"b/notes.md":          file("import \"os\""),
		"b/testdata/t.go":     file("package t\n\nimport \"os\"\n"),
		".bin/x.go":           file("not Go"),
		"e/node_modules/x.go": file("not Go"),
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(imports).To(Equal([]depcheck.Import{
		{File: "a/a.go", Package: "a", Path: "os"},
		{File: "a/a.go", Package: "a", Path: "b"},
		{File: "a/a.go", Package: "a", Path: "example.test/houses/c"},
		{File: "b/b_windows.go", Package: "b", Path: "net"},
	}))

	_, err = depcheck.Read("example.test/house", fstest.MapFS{"a/a.go": file("not Go")})
	g.Expect(err).To(MatchError(ContainSubstring("a/a.go")))
}
