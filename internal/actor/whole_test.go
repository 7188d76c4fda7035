package actor_test

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// A .tgz with a large file, of which a bit amid that is wrong: both its ends are as they should be.
func TestADamagedTgzIsNotPublished(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "lib")
	what := s.publication(t, "lib@1.0.0", "lib")
	source := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 1_500_000)
	for i := range text {
		text[i] = byte('a' + source.IntN(26))
	}
	root := t.TempDir()
	what.Package.Artifact = "lib.tgz"
	path := filepath.Join(root, "lib.tgz")
	tgz(t, s.publication(t, "lib@1.0.0", "lib"), path, func(dir string) {
		g.Expect(os.WriteFile(filepath.Join(dir, "words.txt"), text, 0o600)).To(Succeed())
	})
	good, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	spoilt := bytes.Clone(good)
	spoilt[len(spoilt)/2] ^= 0x55
	g.Expect(os.WriteFile(path, spoilt, 0o600)).To(Succeed())

	before := s.requests(http.MethodPut, "lib")
	first := s.publisher(t, s.exchange())
	first.Artifacts, first.Whole = actor.Folder{Root: root}, true
	g.Expect(first.Inspect(t.Context(), what)).To(MatchError(ContainSubstring("the .tgz is damaged")))
	g.Expect(s.requests(http.MethodPut, "lib")).To(Equal(before))

	meanwhile := s.publisher(t, s.exchange())
	meanwhile.Artifacts, meanwhile.Patience = actor.Folder{Root: root}, 1
	g.Expect(meanwhile.Inspect(t.Context(), what)).To(Succeed())
	_, err = meanwhile.Publish(t.Context(), what)
	g.Expect(err).To(MatchError(And(ContainSubstring("the .tgz is damaged"), ContainSubstring("not sent to its end"))))
	g.Expect(err).NotTo(MatchError(spec.ErrDoubtful))

	g.Expect(os.WriteFile(path, good, 0o600)).To(Succeed())
	_, err = meanwhile.Publish(t.Context(), what)
	g.Expect(err).NotTo(HaveOccurred(), "the number is free yet")
}
