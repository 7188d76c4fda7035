package actor_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// reviewed is an artifact that is staged, and who reviews it.
type reviewed struct {
	*stage
	what reconcile.Publication
	held spec.Stage
	dir  string // of the artifact
	by   actor.Reviewer
}

// review stages the artifact of a publication. prepare changes it before.
func review(t *testing.T, tag string, name spec.Name, prepare func(dir string)) *reviewed {
	t.Helper()
	g := NewWithT(t)
	s := setUp(t)
	s.mayStage(t, name)
	r := &reviewed{stage: s, what: s.staging(t, tag, name)}
	root, dir := build(t, r.what)
	r.dir = dir
	prepare(dir)
	p := s.publisher(t, s.exchange())
	p.Artifacts = actor.Folder{Root: root}
	_, err := p.Publish(t.Context(), r.what)
	g.Expect(err).NotTo(HaveOccurred())
	r.held = s.waiting(t, name)[r.what.Release.Version]
	r.by = actor.Reviewer{Registry: s.client, Artifacts: p.Artifacts, Spool: t.TempDir()}
	return r
}

// download answers whoever downloads what is staged with something else.
func (r *reviewed) download(other func(tarball []byte) []byte) {
	r.fail(func(w http.ResponseWriter, req *http.Request, next http.Handler) {
		if !strings.HasSuffix(req.URL.Path, "/tarball") {
			next.ServeHTTP(w, req)
			return
		}
		whole := httptest.NewRecorder()
		next.ServeHTTP(whole, req)
		w.WriteHeader(whole.Code)
		_, _ = w.Write(other(whole.Body.Bytes()))
	})
}

func TestWhatIsStagedIsReviewed(t *testing.T) {
	for _, c := range []struct {
		name     string
		spoil    func(t *testing.T, r *reviewed)
		compared bool
		means    error
		says     []string // empty: it may be approved
	}{
		{"the same bytes", func(*testing.T, *reviewed) {}, true, nil, nil},
		{"the same files, packed otherwise", func(_ *testing.T, r *reviewed) { r.by.Compression = artifact.Fast }, true, nil, nil},
		{"no artifact here", func(t *testing.T, r *reviewed) { NewWithT(t).Expect(os.RemoveAll(r.dir)).To(Succeed()) }, false, nil, nil},
		{"no artifact is named", func(_ *testing.T, r *reviewed) { r.what.Package.Artifact = "" }, false, nil, nil},
		{"the artifact of another version", func(t *testing.T, r *reviewed) { edit(t, r.dir, `"1.0.0"`, `"1.0.1"`) }, false, nil, nil},
		{"the registry tells no shasum", func(_ *testing.T, r *reviewed) { r.held.Shasum = "" }, true, nil, nil},
		{"other files", func(t *testing.T, r *reviewed) {
			for _, name := range []string{"a.js", "b.js", "c.js", "d.js"} {
				NewWithT(t).Expect(os.WriteFile(filepath.Join(r.dir, name), []byte("evil()"), 0o600)).To(Succeed())
			}
		}, true, reconcile.ErrDiffers, []string{"a.js is only in the first tarball; ", "and 1 more", "reject it", "dist/lib-1.0.0"}},
		{"an artifact that cannot be read", func(t *testing.T, r *reviewed) { edit(t, r.dir, `{`, `[`) }, false, nil, []string{"package.json"}},
		{"a tarball that is cut off", func(_ *testing.T, r *reviewed) {
			r.download(func(tarball []byte) []byte { return tarball[:len(tarball)/2] })
		}, false, nil, []string{"has the sha1", "run again"}},
		{"a tarball that cannot be unpacked", func(_ *testing.T, r *reviewed) {
			r.held.Shasum = ""
			r.download(func(tarball []byte) []byte { return tarball[:len(tarball)/2] })
		}, false, nil, []string{"reading the staged tarball of"}},
		{"another sha1 than listed", func(_ *testing.T, r *reviewed) { r.held.Shasum = strings.Repeat("0", 40) }, false, nil,
			[]string{"listed with 0000", "reject it if that stays so"}},
		{"another package's tarball", func(_ *testing.T, r *reviewed) { r.held.Version = "1.0.1" }, false, reconcile.ErrDiffers,
			[]string{"staged as lib@1.0.1 is lib@1.0.0", "--only reject"}},
		{"a registry that does not answer", func(_ *testing.T, r *reviewed) {
			r.refuse(http.StatusBadGateway, http.MethodGet, "/tarball", always)
		}, false, nil, []string{"502"}},
		{"rejected meanwhile", func(t *testing.T, r *reviewed) {
			NewWithT(t).Expect(r.client.Reject(t.Context(), r.held)).To(Succeed())
		}, false, spec.ErrNotFound, []string{"run again"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			r := review(t, "lib@1.0.0", "lib", func(dir string) {
				edit(t, dir, `"version"`, `"gitHead": "c0ffee", "dependencies": {"dep": "^1.0.0"}, "version"`)
				text := strings.Repeat("one two three, ", 100) + strings.Repeat("two one, ", 1000) // worth compressing
				g.Expect(os.WriteFile(filepath.Join(dir, "text.js"), []byte(text), 0o600)).To(Succeed())
			})
			size := int64(0)
			r.download(func(tarball []byte) []byte { size = int64(len(tarball)); return tarball })
			c.spoil(t, r)
			found, err := r.by.Review(t.Context(), r.what, r.held)
			beEmptyFolder(t, r.by.Spool)
			g.Expect(r.waiting(t, "lib")).To(HaveLen(map[bool]int{false: 1}[errors.Is(c.means, spec.ErrNotFound)]), "nothing is decided")
			g.Expect(found.Compared).To(Equal(c.compared))
			if len(c.says) == 0 {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(found.Size).To(Equal(size))
				g.Expect(found.Commit).To(Equal("c0ffee"))
				g.Expect(found.Needs).To(HaveKeyWithValue(spec.Name("dep"), reconcile.Need{Wanted: "^1.0.0"}))
				return
			}
			for _, says := range append(c.says, "lib@1.0") {
				g.Expect(err).To(MatchError(ContainSubstring(says)))
			}
			for _, other := range []error{reconcile.ErrDiffers, spec.ErrNotFound} {
				if errors.Is(c.means, other) {
					g.Expect(err).To(MatchError(other))
				} else {
					g.Expect(err).NotTo(MatchError(other), "what could not be compared does not differ")
				}
			}
		})
	}
}

func TestAnEntryIsReviewedWithItsPlatforms(t *testing.T) {
	g := NewWithT(t)
	r := review(t, "cli@1.0.0", "cli", func(string) {})
	found, err := r.by.Review(t.Context(), r.what, r.held)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found.Compared).To(BeTrue())
	g.Expect(found.Needs).To(HaveKeyWithValue(spec.Name("@s/cli-linux-x64"), reconcile.Need{Wanted: "1.0.0", Optional: true}))

	fewer := r.what
	fewer.Release.Packages = fewer.Release.Packages[:2]
	_, err = r.by.Review(t.Context(), fewer, r.held)
	g.Expect(err).To(MatchError(reconcile.ErrDiffers))
	g.Expect(err).To(MatchError(ContainSubstring("package.json")))
}

func TestReviewingALargePackageTakesLittleMemory(t *testing.T) {
	g := NewWithT(t)
	const size = 48 << 20 // bytes
	r := review(t, "lib@1.0.0", "lib", func(dir string) {
		noise := make([]byte, size)
		random := rand.NewChaCha8([32]byte{})
		_, _ = random.Read(noise) // it never fails
		g.Expect(os.WriteFile(filepath.Join(dir, "large.bin"), noise, 0o600)).To(Succeed())
	})
	r.what.Package.Artifact = ""
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	found, err := r.by.Review(t.Context(), r.what, r.held)
	runtime.ReadMemStats(&after)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found.Size).To(BeNumerically(">", size))
	g.Expect(after.TotalAlloc-before.TotalAlloc).To(BeNumerically("<", size/4), "all that was ever allocated, the registry's part included")
}
