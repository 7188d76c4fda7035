package artifact

import (
	"archive/tar"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

// TestSecondReading looks at what no .tgz of a test's size leads to: the bound, and a file that changes between its readings.
func TestSecondReading(t *testing.T) {
	g := NewWithT(t)
	path := packagetest.Tgz(t, packagetest.Regular("package/a", strings.Repeat("a", 5000)), packagetest.Regular("package/b", "bytes"))
	header := &tar.Header{Name: "package/b", Size: 5}
	s := newSecond(t.Context(), func() (io.ReadCloser, error) { return os.Open(path) })
	for range 2 {
		contents, err := s.entry(2, header)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(io.ReadAll(contents)).To(Equal([]byte("bytes")))
	}
	s.left = 3000
	_, err := s.entry(2, header)
	g.Expect(err).To(MatchError(ContainSubstring("name the directory that it was packed from")))

	s.left = maxAgain
	_, err = s.entry(1, header)
	g.Expect(err).To(MatchError(ContainSubstring("changed while it was read; run again")))
	_, err = s.entry(3, header)
	g.Expect(err).To(MatchError(ContainSubstring("changed while it was read")))
	g.Expect(os.WriteFile(path, []byte("something else"), 0o600)).To(Succeed())
	_, err = s.entry(2, header)
	g.Expect(err).To(MatchError(ContainSubstring("changed while it was read")))
	g.Expect(os.Remove(path)).To(Succeed())
	_, err = s.entry(2, header)
	g.Expect(err).To(MatchError(os.ErrNotExist))
	g.Expect(s.Close()).To(Succeed())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	other := filepath.Join(packagetest.Directory(t, map[string]string{"x": "x"}), "x")
	_, err = newSecond(ctx, func() (io.ReadCloser, error) { return os.Open(other) }).entry(1, header)
	g.Expect(err).To(MatchError(context.Canceled))
}
