package actor_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// A .tgz with a large file, of which a bit amid that is wrong: both its ends are as they should be.
func TestADamagedTgzIsNotPublished(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "lib")
	what := s.publication(t, "lib@1.0.0", "lib")
	root := t.TempDir()
	what.Package.Artifact = "lib.tgz"
	path := filepath.Join(root, "lib.tgz")
	good := largeTgz(t, s.publication(t, "lib@1.0.0", "lib"), path, func(file []byte) { file[len(file)/2] ^= 0x55 })

	before := s.requests(http.MethodPut, "lib")
	first := s.publisher(t, s.exchange())
	first.Artifacts, first.Whole = actor.Folder{Root: root}, true
	g.Expect(first.Inspect(t.Context(), what)).To(MatchError(ContainSubstring("the .tgz is damaged")))
	g.Expect(s.requests(http.MethodPut, "lib")).To(Equal(before))

	meanwhile := s.publisher(t, s.exchange())
	meanwhile.Artifacts, meanwhile.Pace = actor.Folder{Root: root}, math.MaxInt64
	g.Expect(meanwhile.Inspect(t.Context(), what)).To(Succeed())
	_, err := meanwhile.Publish(t.Context(), what)
	g.Expect(err).To(MatchError(And(ContainSubstring("the .tgz is damaged"), ContainSubstring("not sent to its end"))))
	g.Expect(err).NotTo(MatchError(spec.ErrDoubtful))

	g.Expect(os.WriteFile(path, good, 0o600)).To(Succeed())
	_, err = meanwhile.Publish(t.Context(), what)
	g.Expect(err).NotTo(HaveOccurred(), "the number is free yet")
}

func TestADamagedTgzThatIsServedIsToldByVerify(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "lib")
	what := s.publication(t, "lib@1.0.0", "lib")
	p := s.publisher(t, s.exchange())
	root := t.TempDir()
	p.Artifacts, p.Pace, what.Package.Artifact = actor.Folder{Root: root}, 1, "lib.tgz"
	spoil := func(file []byte) { file[len(file)-8] ^= 1 } // its checksum
	largeTgz(t, s.publication(t, "lib@1.0.0", "lib"), filepath.Join(root, "lib.tgz"), spoil)
	_, err := p.Publish(t.Context(), what)
	g.Expect(err).NotTo(HaveOccurred(), "it was too fast to be unpacked meanwhile")
	served, err := s.client.Manifest(t.Context(), "lib", "1.0.0")
	g.Expect(err).NotTo(HaveOccurred())

	p.Whole = true
	err = p.Verify(t.Context(), what, served)
	g.Expect(err).To(MatchError(ContainSubstring("lib@1.0.0 is served as its artifact is, which is damaged: release 1.0.1")))
}

// largeTgz leaves the artifact of a publication at path, packed, with a large file in it, and spoilt. It returns what was good.
func largeTgz(t *testing.T, what reconcile.Publication, path string, spoil func(file []byte)) []byte {
	t.Helper()
	g := NewWithT(t)
	source := rand.New(rand.NewPCG(1, 2))
	var numbers []byte
	for len(numbers) < 10_000_000 {
		numbers = binary.LittleEndian.AppendUint64(numbers, source.Uint64()&0x7f7f7f7f7f7f7f7f)
	}
	tgz(t, what, path, func(dir string) {
		g.Expect(os.WriteFile(filepath.Join(dir, "numbers"), numbers, 0o600)).To(Succeed())
	})
	good, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	spoilt := bytes.Clone(good)
	spoil(spoilt)
	g.Expect(os.WriteFile(path, spoilt, 0o600)).To(Succeed())
	return good
}
