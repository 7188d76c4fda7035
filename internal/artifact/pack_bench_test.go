package artifact_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

// BenchmarkPack packs Go's compiler: MB/s are of its contents.
func BenchmarkPack(b *testing.B) {
	g := NewWithT(b)
	compiler, err := exec.CommandContext(b.Context(), "go", "tool", "-n", "compile").Output()
	g.Expect(err).NotTo(HaveOccurred())
	contents, err := os.ReadFile(strings.TrimSpace(string(compiler)))
	g.Expect(err).NotTo(HaveOccurred())
	a, err := artifact.Open(b.Context(), packagetest.Directory(b, map[string]string{"package.json": minimal, "compile": string(contents)}))
	g.Expect(err).NotTo(HaveOccurred())
	for _, compression := range []artifact.Compression{artifact.Fast, artifact.Balanced, artifact.Small} {
		b.Run(string(compression), func(b *testing.B) {
			workers := artifact.NewWorkers(0)
			b.SetBytes(int64(len(contents)))
			b.ReportAllocs()
			for b.Loop() {
				tarball, err := a.Pack(b.Context(), artifact.PackOptions{Dir: b.TempDir(), Compression: compression, Workers: workers})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(tarball.Size)/float64(len(contents)), "size/input")
				if err := tarball.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
