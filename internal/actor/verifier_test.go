package actor_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestVerifyComparesWhatIsServedWithTheArtifact(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, s *stage, dir string)
		means error
		says  string // empty: they are the same
	}{
		{"the same", func(*testing.T, *stage, string) {}, nil, ""},
		{"another file", func(t *testing.T, _ *stage, dir string) {
			NewWithT(t).Expect(os.WriteFile(filepath.Join(dir, "index.js"), []byte("evil()"), 0o600)).To(Succeed())
		}, reconcile.ErrDiffers, "index.js"},
		{"a bad artifact", func(t *testing.T, _ *stage, dir string) { edit(t, dir, `"1.0.0"`, `"1.0.1"`) }, nil, "1.0.1"},
		{"a tarball that cannot be read", func(_ *testing.T, s *stage, _ string) {
			s.refuse(http.StatusBadGateway, http.MethodGet, ".tgz", always)
		}, nil, "502"},
		{"a tarball that is cut off", func(_ *testing.T, s *stage, _ string) {
			s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if !strings.HasSuffix(r.URL.Path, ".tgz") {
					next.ServeHTTP(w, r)
					return
				}
				whole := httptest.NewRecorder()
				next.ServeHTTP(whole, r)
				_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
			})
		}, nil, "reading"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			s.trusted(t, "lib")
			what := s.publication(t, "lib@1.0.0", "lib")
			p, dir := s.building(t, what)
			_, err := p.Publish(t.Context(), what)
			g.Expect(err).NotTo(HaveOccurred())
			served, err := s.client.Manifest(t.Context(), "lib", "1.0.0")
			g.Expect(err).NotTo(HaveOccurred())

			c.spoil(t, s, dir)
			puts := s.requests(http.MethodPut, "")
			err = p.Verify(t.Context(), what, served)
			g.Expect(s.requests(http.MethodPut, "")).To(Equal(puts), "nothing is sent")
			beEmptyFolder(t, p.Spool)
			if c.says == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(c.says)))
			g.Expect(err).To(MatchError(ContainSubstring("lib")))
			if c.means != nil {
				g.Expect(err).To(MatchError(c.means))
			} else {
				g.Expect(err).NotTo(MatchError(reconcile.ErrDiffers), "what could not be compared does not differ")
			}
		})
	}
}
