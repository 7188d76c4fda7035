package actor_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// tgz leaves the artifact of a publication at path, packed, with what is added to it.
func tgz(t *testing.T, what reconcile.Publication, path string, add ...func(dir string)) spec.Integrity {
	t.Helper()
	g := NewWithT(t)
	_, dir := build(t, what)
	for _, to := range add {
		to(dir)
	}
	a, err := artifact.Open(t.Context(), dir)
	g.Expect(err).NotTo(HaveOccurred())
	packed, err := a.Pack(t.Context(), artifact.PackOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	defer packed.Close()
	r, err := packed.Open(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	data, err := io.ReadAll(r)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(path, data, 0o600)).To(Succeed())
	return packed.Integrity
}

func TestATgzIsReadOnceForInspectionAndPublication(t *testing.T) {
	for _, c := range []struct {
		name  string
		touch func(t *testing.T, path string, before os.FileInfo)
		says  string // empty: it is published
	}{
		{"left alone", func(*testing.T, string, os.FileInfo) {}, ""},
		{"built again", func(t *testing.T, path string, before os.FileInfo) {
			NewWithT(t).Expect(os.Chtimes(path, time.Time{}, before.ModTime().Add(time.Second))).To(Succeed())
		}, ""},
		{"broken on the sly", func(t *testing.T, path string, before os.FileInfo) {
			g := NewWithT(t)
			g.Expect(os.WriteFile(path, make([]byte, before.Size()), 0o600)).To(Succeed())
			g.Expect(os.Chtimes(path, time.Time{}, before.ModTime())).To(Succeed())
		}, "has changed"}, // found out while it is sent, so that the registry never has all of it
		{"broken", func(t *testing.T, path string, before os.FileInfo) {
			g := NewWithT(t)
			g.Expect(os.WriteFile(path, make([]byte, before.Size()), 0o600)).To(Succeed())
			g.Expect(os.Chtimes(path, time.Time{}, before.ModTime().Add(time.Second))).To(Succeed())
		}, "no .tgz"}, // found out by reading it again
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			s.trusted(t, "lib")
			what := s.publication(t, "lib@1.0.0", "lib")
			p := s.publisher(t, s.exchange())
			root := t.TempDir()
			p.Artifacts, p.Opened, what.Package.Artifact = actor.Folder{Root: root}, &actor.Opened{}, "lib.tgz"
			path := filepath.Join(root, "lib.tgz")
			integrity := tgz(t, s.publication(t, "lib@1.0.0", "lib"), path)
			before, err := os.Stat(path)
			g.Expect(err).NotTo(HaveOccurred())

			g.Expect(inspect(t, p, what)).To(Succeed())
			c.touch(t, path, before)
			sent, err := p.Publish(t.Context(), what)
			if c.says != "" {
				g.Expect(err).To(MatchError(ContainSubstring(c.says)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(sent).To(Equal(integrity))
		})
	}
}

func TestAProcessThatIsKilledLeavesNoPackedFileBehind(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file keeps its name there")
	}
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "lib")
	p := s.publisher(t, s.exchange())
	uploads := 0
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut {
			uploads++
			beEmptyFolder(t, p.Spool)
		}
		next.ServeHTTP(w, r)
	})
	_, err := p.Publish(t.Context(), s.publication(t, "lib@1.0.0", "lib"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(uploads).To(Equal(1))
}
