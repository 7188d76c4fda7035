package actor_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestWhatIsServedIsWhatWasBuilt(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "lib")
	what := s.publication(t, "lib@1.0.0", "lib")
	p, _ := s.building(t, what)
	built := actor.Built{Artifacts: p.Artifacts, Releases: []desired.Release{what.Release}, Spool: t.TempDir()}
	served := actor.Served{Registry: s.client, Spool: t.TempDir()}
	_, err := served.Tarball(t.Context(), "lib", "1.0.0")
	g.Expect(err).To(MatchError(spec.ErrNotFound))
	integrity, err := p.Publish(t.Context(), what)
	g.Expect(err).NotTo(HaveOccurred())

	ours, err := built.Tarball(t.Context(), "lib", "1.0.0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(ours.Integrity).To(Equal(integrity))
	theirs, err := served.Tarball(t.Context(), "lib", "1.0.0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(theirs.Integrity).To(Equal(integrity))
	oursListed, err := ours.List(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(theirs.List(t.Context())).To(Equal(oursListed))
	g.Expect(ours.Close()).To(Succeed())
	g.Expect(theirs.Close()).To(Succeed())
	beEmptyFolder(t, built.Spool)
	beEmptyFolder(t, served.Spool)

	_, err = built.Tarball(t.Context(), "lib", "1.0.1")
	g.Expect(err).To(MatchError(spec.ErrNotFound), "nobody asked for that release")
}

func TestATarballIsTheOneThatItsManifestTells(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"cut off": func(b []byte) []byte { return b[:len(b)/2] },
		"other":   func(b []byte) []byte { return append(b, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			s.trusted(t, "lib")
			what := s.publication(t, "lib@1.0.0", "lib")
			p, _ := s.building(t, what)
			_, err := p.Publish(t.Context(), what)
			g.Expect(err).NotTo(HaveOccurred())
			s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if !strings.HasSuffix(r.URL.Path, ".tgz") {
					next.ServeHTTP(w, r)
					return
				}
				whole := httptest.NewRecorder()
				next.ServeHTTP(whole, r)
				_, _ = w.Write(spoil(whole.Body.Bytes()))
			})
			served := actor.Served{Registry: s.client, Spool: t.TempDir()}
			_, err = served.Tarball(t.Context(), "lib", "1.0.0")
			g.Expect(err).To(MatchError(ContainSubstring("lib@1.0.0 is not the one that its manifest tells")))
			beEmptyFolder(t, served.Spool)
		})
	}
}

func TestAnArtifactOfAnotherVersionIsNoneOfThisOne(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	what := s.publication(t, "lib@1.0.0", "lib")
	root, dir := build(t, what)
	built := actor.Built{Artifacts: actor.Folder{Root: root}, Releases: []desired.Release{what.Release}}
	edit(t, dir, `"1.0.0"`, `"1.0.1"`)
	_, err := built.Tarball(t.Context(), "lib", "1.0.0")
	g.Expect(err).To(MatchError(ContainSubstring("it is built as lib@1.0.1, not as 1.0.0")))
	g.Expect(os.RemoveAll(dir)).To(Succeed())
	_, err = built.Tarball(t.Context(), "lib", "1.0.0")
	g.Expect(err).To(MatchError(os.ErrNotExist))
}
