package artifact_test

import (
	"crypto/sha512"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestReadPackageReadsNoMoreThanThat(t *testing.T) {
	const document = `{"name": "p", "version": "1.0.0"}`
	g := NewWithT(t)
	damaged := packagetest.Tgz(t, packagetest.Regular("package/a", "a"), packagetest.Regular("package/package.json", document),
		packagetest.Regular("package/x/package.json", `{"name": "q", "version": "1.0.0"}`))
	data, err := os.ReadFile(damaged)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(damaged, data[:len(data)-4], 0o600)).To(Succeed()) // its end is cut off
	for _, path := range []string{packagetest.Directory(t, map[string]string{"package.json": document, "b": "->nowhere"}), damaged} {
		pkg, err := artifact.ReadPackage(t.Context(), path)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(pkg.Name).To(Equal(spec.Name("p")))
	}
	_, err = artifact.ReadPackage(t.Context(), filepath.Join(t.TempDir(), "none"))
	g.Expect(err).To(MatchError(fs.ErrNotExist))
	for complaint, path := range map[string]string{
		"reading its package.json": packagetest.Tgz(t, packagetest.Regular("package/a", "a")),
		"is no regular file":       packagetest.Directory(t, map[string]string{"package.json/": ""}),
		"is larger than":           packagetest.Directory(t, map[string]string{"package.json": document + strings.Repeat(" ", 1<<20)}),
		"not one to publish":       packagetest.Directory(t, map[string]string{"package.json": `{"name": "p"}`}),
	} {
		_, err := artifact.ReadPackage(t.Context(), path)
		g.Expect(err).To(MatchError(ContainSubstring(complaint)))
	}
}

func TestIntegrityOfWhatIsPacked(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "p.tgz")
	g.Expect(os.WriteFile(path, []byte("bytes"), 0o600)).To(Succeed())
	g.Expect(artifact.IntegrityOf(t.Context(), path)).To(Equal(spec.NewIntegrity(sha512.Sum512([]byte("bytes")))))
	g.Expect(artifact.IntegrityOf(t.Context(), t.TempDir())).To(BeEmpty())
	_, err := artifact.IntegrityOf(t.Context(), path+"x")
	g.Expect(err).To(MatchError(fs.ErrNotExist))
}
