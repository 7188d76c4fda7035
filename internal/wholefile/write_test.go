package wholefile_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/wholefile"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestWriteTakesTheFilesPlace(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	for _, text := range []string{"the first", "another"} {
		g.Expect(wholefile.Write(path, []byte(text), 0o600)).To(Succeed())
		g.Expect(os.ReadFile(path)).To(BeEquivalentTo(text))
	}
	info, err := os.Stat(path)
	g.Expect(err).NotTo(HaveOccurred())
	if runtime.GOOS != "windows" {
		g.Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o600)))
	}
	g.Expect(names(t, dir)).To(Equal([]string{"report.json"}), "nothing is left beside it")
}

func TestWriteFollowsNoLink(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	theirs, path := filepath.Join(dir, "theirs"), filepath.Join(dir, "report.json")
	g.Expect(os.WriteFile(theirs, []byte("theirs"), 0o600)).To(Succeed())
	g.Expect(os.Symlink(theirs, path)).To(Succeed())
	g.Expect(wholefile.Write(path, []byte("ours"), 0o644)).To(Succeed())
	g.Expect(os.ReadFile(theirs)).To(BeEquivalentTo("theirs"))
	info, err := os.Lstat(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().IsRegular()).To(BeTrue(), "it takes the link's place")
}

func TestWriteThatFailsLeavesAllAsItWas(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "folder")
	g.Expect(os.MkdirAll(filepath.Join(path, "full"), 0o750)).To(Succeed())
	g.Expect(wholefile.Write(path, []byte("ours"), 0o600)).NotTo(Succeed())
	g.Expect(wholefile.Write(filepath.Join(dir, "absent", "report.json"), []byte("ours"), 0o600)).To(MatchError(os.ErrNotExist))
	g.Expect(names(t, dir)).To(Equal([]string{"folder"}))
}
