package actor_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// The registry is on loopback, which takes everything as fast as it comes.
func TestATgzWithAFlippedBitIsNotPublished(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "lib")
	p, what, path := s.largeTgz(t)
	good, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	before := s.requests(http.MethodPut, "")

	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	const header, trailer = 10, 9 // its time and system say nothing of the contents, nor do the bits that fill the last byte
	for try := range 20 {
		bit := 8*header + source.IntN(8*(len(good)-header-trailer))
		spoilt := bytes.Clone(good)
		spoilt[bit/8] ^= 1 << (bit % 8)
		g.Expect(os.WriteFile(path, spoilt, 0o600)).To(Succeed())
		says := MatchError(And(ContainSubstring("lib"), Or(ContainSubstring("the .tgz is damaged"), ContainSubstring("the .tgz ends too early")),
			ContainSubstring("copy it again, or make it again with npm pack")))
		if try%5 == 0 {
			g.Expect(inspect(t, p, what)).To(says, "bit %d", bit)
		}
		_, err := p.Publish(t.Context(), what) // which inspects itself what was not inspected
		g.Expect(err).To(says, "bit %d", bit)
		g.Expect(err).NotTo(MatchError(spec.ErrDoubtful))
	}
	for at := len(good) - 8; at < len(good); at++ { // its checksum and size
		spoilt := bytes.Clone(good)
		spoilt[at] ^= 1
		g.Expect(os.WriteFile(path, spoilt, 0o600)).To(Succeed())
		g.Expect(inspect(t, p, what)).To(MatchError(ContainSubstring("the checksum is not that of the contents")))
	}
	g.Expect(s.requests(http.MethodPut, "")).To(Equal(before))

	g.Expect(os.WriteFile(path, good, 0o600)).To(Succeed())
	_, err = p.Publish(t.Context(), what)
	g.Expect(err).NotTo(HaveOccurred(), "the number is free yet")
}

// What was read whole is kept until it is sent: a bit that flips in between, without a trace in the file's times, keeps the end
// of the upload back, so that the registry takes nothing.
func TestATgzThatChangesBehindItsInspectionIsNotPublished(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "lib")
	p, what, path := s.largeTgz(t)
	p.Opened = &actor.Opened{}
	info, err := os.Stat(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(inspect(t, p, what)).To(Succeed())
	file, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	bit := rand.New(rand.NewPCG(seed, 0)).IntN(8 * len(file))
	file[bit/8] ^= 1 << (bit % 8)
	g.Expect(os.WriteFile(path, file, 0o600)).To(Succeed())
	g.Expect(os.Chtimes(path, info.ModTime(), info.ModTime())).To(Succeed())

	_, err = p.Publish(t.Context(), what)
	g.Expect(err).To(MatchError(ContainSubstring("has changed since it was read")), "bit %d", bit)
	_, err = s.client.Manifest(t.Context(), "lib", "1.0.0")
	g.Expect(err).To(MatchError(spec.ErrNotFound))
}

// largeTgz leaves a .tgz of 4 MB, many times what any buffer holds, for a library, and returns a publisher that finds it.
func (s *stage) largeTgz(t *testing.T) (actor.Publisher, reconcile.Publication, string) {
	t.Helper()
	g := NewWithT(t)
	source := rand.New(rand.NewPCG(1, 2))
	var numbers []byte
	for len(numbers) < 4_000_000 {
		numbers = binary.LittleEndian.AppendUint64(numbers, source.Uint64()&0x7f7f7f7f7f7f7f7f)
	}
	root := t.TempDir()
	path := filepath.Join(root, "lib.tgz")
	tgz(t, s.publication(t, "lib@1.0.0", "lib"), path, func(dir string) {
		g.Expect(os.WriteFile(filepath.Join(dir, "numbers"), numbers, 0o600)).To(Succeed())
	})
	p, what := s.publisher(t, s.exchange()), s.publication(t, "lib@1.0.0", "lib")
	p.Artifacts, p.Compression, what.Package.Artifact = actor.Folder{Root: root}, artifact.Fast, "lib.tgz"
	return p, what, path
}
