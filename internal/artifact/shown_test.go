package artifact_test

import (
	"archive/tar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

// manifestOf packs an artifact for its manifest.
func manifestOf(t *testing.T, path string) map[string]any {
	t.Helper()
	g := NewWithT(t)
	a, err := artifact.Open(t.Context(), path)
	g.Expect(err).NotTo(HaveOccurred())
	tarball, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir()})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tarball.Close()).To(Succeed())
	return tarball.Manifest
}

const plain = `{"name": "p", "version": "1.0.0"}`

func TestShownTexts(t *testing.T) {
	for name, c := range map[string]struct {
		files    map[string]string
		readme   string // the file that is shown
		contents string
	}{
		"Markdown before none":  {map[string]string{"README": "a", "README.md": "b", "readme": "c"}, "README.md", "b"},
		"README.md before .fr":  {map[string]string{"README.fr.md": "a", "README.md": "b"}, "README.md", "b"},
		"small before capitals": {map[string]string{"readme.md": "a", "README.md": "b"}, "readme.md", "a"},
		"empty":                 {map[string]string{"README.md": "", "README": "x"}, "README.md", "ERROR: No README data found!"},
		"too large":             {map[string]string{"README.md": strings.Repeat("x", 1<<20+1), "README": "x"}, "README", "x"},
		"a folder":              {map[string]string{"README.md/x": "", "README": "x"}, "README", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c.files["package.json"] = "\ufeff" + plain
			var entries []tar.Header
			for path, contents := range c.files {
				entries = append(entries, packagetest.Regular("package/"+path, contents))
			}
			paths := []string{packagetest.Directory(t, c.files)}
			if name != "small before capitals" { // two names that are one on Windows
				paths = append(paths, packagetest.Tgz(t, entries...))
			}
			for _, path := range paths {
				manifest := manifestOf(t, path)
				g.Expect(manifest).To(HaveKeyWithValue("readmeFilename", c.readme))
				g.Expect(manifest).To(HaveKeyWithValue("readme", c.contents))
			}
		})
	}
}

func TestShownTextsBehindLinks(t *testing.T) {
	g := NewWithT(t)
	workspace := packagetest.Directory(t, map[string]string{"readme.md": "# The workspace's", "secret": "x", "AUTHORS": "A <a@b>"})
	dir := filepath.Join(workspace, "packages", "p")
	g.Expect(os.MkdirAll(dir, 0o750)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "package.json"), []byte(plain), 0o600)).To(Succeed())
	link := func(target, name string) { g.Expect(os.Symlink(target, filepath.Join(dir, name))).To(Succeed()) }

	link("../../secret", "README.md")
	link("nowhere", "README.fr.md")
	g.Expect(manifestOf(t, dir)).NotTo(HaveKey("readmeFilename"), "any file could be behind the link")
	link("../../readme.md", "README.en.md")
	link("../../AUTHORS", "AUTHORS")
	manifest := manifestOf(t, dir)
	g.Expect(manifest).To(HaveKeyWithValue("readmeFilename", "README.en.md"))
	g.Expect(manifest).To(HaveKeyWithValue("readme", "# The workspace's"))
	g.Expect(manifest).To(HaveKeyWithValue("contributors", []any{map[string]any{"name": "A", "email": "a@b"}}))
}

func TestPatchesStayAtHome(t *testing.T) {
	g := NewWithT(t)
	dir := packagetest.Directory(t, map[string]string{
		"package.json": `{"name": "p", "version": "1.0.0", "patchedDependencies": {"a@1.0.0": "patches/a.patch"}}`,
	})
	a, err := artifact.Open(t.Context(), dir)
	g.Expect(err).NotTo(HaveOccurred())
	tarball, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir()})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(tarball.Close()).To(Succeed()) }()
	g.Expect(tarball.Manifest).NotTo(HaveKey("patchedDependencies"))
	path := filepath.Join(t.TempDir(), "p.tgz")
	g.Expect(os.WriteFile(path, bytesOf(t, tarball), 0o600)).To(Succeed())
	packed, err := artifact.Open(t.Context(), path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(packed.Package().Document).NotTo(HaveKey("patchedDependencies"))
}
