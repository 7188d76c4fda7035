package artifact_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func kept(t *testing.T, headers ...tar.Header) *artifact.Tarball {
	t.Helper()
	return keptFile(t, compress(t, tarOf(t, headers...)))
}

func keptFile(t *testing.T, path string) *artifact.Tarball {
	t.Helper()
	g := NewWithT(t)
	f, err := os.Open(path)
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(f.Close()).To(Succeed()) }()
	tarball, err := artifact.Keep(t.Context(), t.TempDir(), f)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(tarball.Close()).To(Succeed()) })
	return tarball
}

func TestListTellsFilesAndExecutables(t *testing.T) {
	g := NewWithT(t)
	linux := spec.Platform{OS: []string{"linux"}, CPU: []string{"x64"}}
	header, _ := native.Header(linux, "musl")
	program := string(header) + strings.Repeat("code", 50_000)
	l, err := kept(t, packagetest.Regular("package/package.json", minimal), packagetest.Command("package/bin/p", program),
		packagetest.Regular("package/empty", "")).List(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(l.Manifest)).To(Equal(minimal))
	g.Expect(l.Files).To(HaveLen(3))
	g.Expect(l.Files[0]).To(Equal(artifact.Listed{
		File: artifact.File{Path: "package.json", Mode: 0o644, Size: int64(len(minimal))}, Sum: sha256.Sum256([]byte(minimal)),
	}))
	g.Expect(l.Files[1].Path).To(Equal("bin/p"))
	g.Expect(l.Files[1].Mode).To(Equal(int64(0o755)))
	g.Expect(l.Files[1].Sum).To(Equal(sha256.Sum256([]byte(program))), "all of it counts, also what its headers do not tell of")
	g.Expect(l.Files[1].Native).To(And(HaveField("CPUs", []string{"x64"}), HaveField("Libcs", []string{"musl"})))
	g.Expect(l.Files[2].Sum).To(Equal(sha256.Sum256(nil)))
	g.Expect(l.Files[2].Native).To(BeNil())
}

func TestListReadsWhatWasPacked(t *testing.T) {
	g := NewWithT(t)
	a, err := artifact.Open(t.Context(), packagetest.Directory(t, map[string]string{"package.json": minimal, "index.js": "1"}))
	g.Expect(err).NotTo(HaveOccurred())
	tarball, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir(), OptionalDependencies: map[string]string{"@s/x": "1.0.0"}})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(tarball.Close()).To(Succeed()) }()
	l, err := tarball.List(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(l.Files).To(HaveLen(2))
	g.Expect(string(l.Manifest)).To(ContainSubstring(`"@s/x": "1.0.0"`), "as it is published, not as it lies there")
}

func TestListRefusesWhatIsHostile(t *testing.T) {
	for name, hostile := range hostileArchives() {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := kept(t, hostile.headers...).List(t.Context())
			if hostile.complaint == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(hostile.complaint)))
		})
	}
	for name, bytesOf := range map[string][]byte{"nothing": nil, "no gzip": []byte("<html>"), "half": half(t)} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			tarball, err := artifact.Keep(t.Context(), t.TempDir(), bytes.NewReader(bytesOf))
			g.Expect(err).NotTo(HaveOccurred())
			defer func() { g.Expect(tarball.Close()).To(Succeed()) }()
			_, err = tarball.List(t.Context())
			g.Expect(err).To(HaveOccurred())
		})
	}
}

func half(t *testing.T) []byte {
	t.Helper()
	whole, err := os.ReadFile(packagetest.Tgz(t, packagetest.Regular("package/package.json", minimal)))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return whole[:len(whole)/2]
}

func TestKeepSumsUpAndLeavesNothing(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := packagetest.Tgz(t, packagetest.Regular("package/package.json", minimal))
	whole, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	tarball, err := artifact.Keep(t.Context(), dir, bytes.NewReader(whole))
	g.Expect(err).NotTo(HaveOccurred())
	integrity, err := artifact.IntegrityOf(t.Context(), path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tarball.Integrity).To(Equal(integrity))
	g.Expect(tarball.Size).To(Equal(int64(len(whole))))
	g.Expect(tarball.Close()).To(Succeed())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = artifact.Keep(ctx, dir, bytes.NewReader(whole))
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(filepath.Glob(filepath.Join(dir, "*"))).To(BeEmpty())
}
