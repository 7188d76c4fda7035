package artifact_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

// large makes a package whose tar stream takes many pieces, and does not end where one does.
func large(t *testing.T) *artifact.Artifact {
	t.Helper()
	source := rand.New(rand.NewPCG(1, 2))
	var words strings.Builder
	for range 200_000 {
		fmt.Fprintf(&words, "word%d ", source.IntN(5000))
	}
	noise := make([]byte, 12345)
	for i := range noise {
		noise[i] = byte(source.IntN(256))
	}
	return open(t, packagetest.Directory(t, map[string]string{
		"package.json": minimal, "words": words.String(), "zeros": strings.Repeat("\x00", 3<<20), "noise": string(noise),
	}))
}

func TestEachCompressionGivesOneGzipOfTheSameContents(t *testing.T) {
	g := NewWithT(t)
	a := large(t)
	sizes := map[artifact.Compression]int64{}
	var first []byte
	for _, compression := range []artifact.Compression{artifact.Fast, artifact.Balanced, artifact.Small} {
		tarball := pack(t, a, artifact.PackOptions{Compression: compression})
		data := bytesOf(t, tarball)
		r, err := gzip.NewReader(bytes.NewReader(data))
		g.Expect(err).NotTo(HaveOccurred())
		r.Multistream(false) // npm's tar reads one member only
		stream, err := io.ReadAll(r)
		g.Expect(err).NotTo(HaveOccurred(), "sum and size are right")
		g.Expect(len(stream)).To(BeNumerically(">", 4<<20))
		if first == nil {
			first = stream
		}
		g.Expect(bytes.Equal(stream, first)).To(BeTrue(), string(compression))
		sizes[compression] = tarball.Size
	}
	g.Expect(sizes[artifact.Small]).To(BeNumerically("<=", sizes[artifact.Balanced]))
	g.Expect(sizes[artifact.Balanced]).To(BeNumerically("<", sizes[artifact.Fast]))
	g.Expect(pack(t, a, artifact.PackOptions{}).Size).To(Equal(sizes[artifact.Balanced]), "the default")

	_, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir(), Compression: "tiny"})
	g.Expect(err).To(MatchError(ContainSubstring(`the compression "tiny" is unknown`)))
}

// TestTheBytesDependOnNoMachine packs by one worker and by many, first and later, alone and beside others.
func TestTheBytesDependOnNoMachine(t *testing.T) {
	for _, compression := range []artifact.Compression{artifact.Fast, artifact.Balanced} {
		t.Run(string(compression), func(t *testing.T) {
			g := NewWithT(t)
			a, other := large(t), open(t, packagetest.Directory(t, map[string]string{"package.json": minimal, "f": strings.Repeat("other", 1e5)}))
			want := pack(t, a, artifact.PackOptions{Compression: compression, Workers: artifact.NewWorkers(1)}).Integrity
			many := artifact.NewWorkers(5)
			var all sync.WaitGroup
			for i := range 6 {
				all.Go(func() {
					what, dir := a, t.TempDir()
					if i%2 == 1 {
						what = other
					}
					tarball, err := what.Pack(t.Context(), artifact.PackOptions{Dir: dir, Compression: compression, Workers: many})
					if err != nil {
						t.Error(err)
						return
					}
					if what == a && tarball.Integrity != want {
						t.Errorf("try %d has other bytes", i)
					}
					if err := tarball.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			g.Expect(want).NotTo(BeEmpty())
		})
	}
}

func TestWorkersOutliveFailures(t *testing.T) {
	g := NewWithT(t)
	workers, a := artifact.NewWorkers(2), large(t)
	options := artifact.PackOptions{Dir: t.TempDir(), Workers: workers}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 { // more than there are pieces
		_, err := a.Pack(ctx, options)
		g.Expect(err).To(MatchError(context.Canceled))
	}
	g.Expect(os.Truncate(filepath.Join(a.Path(), "zeros"), 5)).To(Succeed())
	for range 10 {
		_, err := a.Pack(t.Context(), options)
		g.Expect(err).To(MatchError(ContainSubstring("zeros: it changed since it was listed")))
	}
	for i := range 3 {
		tarball, err := large(t).Pack(t.Context(), options)
		g.Expect(err).NotTo(HaveOccurred(), fmt.Sprint(i))
		g.Expect(tarball.Close()).To(Succeed())
	}
	g.Expect(os.ReadDir(options.Dir)).To(BeEmpty())
}
