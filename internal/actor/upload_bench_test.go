package actor_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

type anyToken struct{}

func (anyToken) For(context.Context, spec.Name) (npm.Credential, error) {
	return npm.NewCredential(spec.NewSecret("token"), time.Time{}), nil
}

// BenchmarkUpload publishes a .tgz of 16 MiB that cannot be compressed, as it is, to a registry that forgets it.
func BenchmarkUpload(b *testing.B) {
	g := NewWithT(b)
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet { // of the dist-tags, before each upload
			_, _ = io.WriteString(w, "{}")
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
	}))
	b.Cleanup(registry.Close)
	address, err := url.Parse(registry.URL)
	g.Expect(err).NotTo(HaveOccurred())
	client, err := npm.New(npm.Options{Registry: address})
	g.Expect(err).NotTo(HaveOccurred())

	root, packages := b.TempDir(), b.TempDir()
	contents := make([]byte, 16<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(contents) // never fails
	g.Expect(os.WriteFile(filepath.Join(packages, "contents"), contents, 0o600)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(packages, "package.json"), []byte(`{"name": "lib", "version": "1.0.0"}`), 0o600)).To(Succeed())
	a, err := artifact.Open(b.Context(), packages)
	g.Expect(err).NotTo(HaveOccurred())
	tarball, err := a.Pack(b.Context(), artifact.PackOptions{Compression: artifact.Fast})
	g.Expect(err).NotTo(HaveOccurred())
	packed, err := tarball.Open(b.Context())
	g.Expect(err).NotTo(HaveOccurred())
	data, err := io.ReadAll(packed)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tarball.Close()).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(root, "lib.tgz"), data, 0o600)).To(Succeed())

	what := reconcile.Publication{
		Package: desired.Package{Name: "lib", Role: desired.RoleLibrary, Artifact: "lib.tgz"},
		Release: desired.Release{Version: "1.0.0", DistTag: "latest"},
	}
	p := actor.Publisher{Registry: client, Credentials: anyToken{}, Artifacts: actor.Folder{Root: root}, Opened: &actor.Opened{}}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		_, err := p.Inspect(b.Context(), what)
		b.StartTimer()
		if err == nil {
			_, err = p.Publish(b.Context(), what)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
