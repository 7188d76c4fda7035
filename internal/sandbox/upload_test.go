package sandbox_test

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func integrityOf(data string) spec.Integrity { return spec.NewIntegrity(sha512.Sum512([]byte(data))) }

func TestMemoryDoesNotGrowWithTheTarball(t *testing.T) {
	const size = 16 << 20
	s := serve(t, plain(sandbox.Options{}))
	file, err := os.Create(filepath.Join(t.TempDir(), "p.tgz"))
	s.Expect(err).NotTo(HaveOccurred())
	defer func() { s.Expect(file.Close()).To(Succeed()) }()
	long, short := sha512.New(), sha1.New()
	zipped, err := gzip.NewWriterLevel(io.MultiWriter(file, long, short), gzip.NoCompression)
	s.Expect(err).NotTo(HaveOccurred())
	entries := tar.NewWriter(zipped)
	about := `{"name":"p","version":"1.0.0"}`
	s.Expect(entries.WriteHeader(&tar.Header{Name: "package/bin", Mode: 0o755, Size: size})).To(Succeed())
	_, err = io.CopyN(entries, zeros{}, size)
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(entries.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644, Size: int64(len(about))})).To(Succeed())
	_, err = io.WriteString(entries, about)
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(entries.Close()).To(Succeed())
	s.Expect(zipped.Close()).To(Succeed())
	length, err := file.Seek(0, io.SeekCurrent)
	s.Expect(err).NotTo(HaveOccurred())
	_, err = file.Seek(0, io.SeekStart)
	s.Expect(err).NotTo(HaveOccurred())

	p := publication{name: "p", version: "1.0.0", change: func(d map[string]any) {
		d["versions"].(map[string]any)["1.0.0"].(map[string]any)["dist"] = map[string]any{
			"integrity": spec.NewIntegrity([sha512.Size]byte(long.Sum(nil))), "shasum": hex.EncodeToString(short.Sum(nil)),
		}
		d["_attachments"] = map[string]any{"p-1.0.0.tgz": map[string]any{"data": "HERE", "length": length}}
	}}
	document, err := json.Marshal(p.body(t))
	s.Expect(err).NotTo(HaveOccurred())
	before, after, _ := strings.Cut(string(document), "HERE")
	encoded, into := io.Pipe()
	go func() {
		encoder := base64.NewEncoder(base64.StdEncoding, into)
		_, err := io.Copy(encoder, file)
		_ = encoder.Close()
		_ = into.CloseWithError(err)
	}()

	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	r := s.do(http.MethodPut, "/p", io.MultiReader(strings.NewReader(before), encoded, strings.NewReader(after)), s.session())
	runtime.ReadMemStats(&end)
	s.Expect(r.status).To(Equal(200), r.body)
	s.Expect(end.TotalAlloc-start.TotalAlloc).To(BeNumerically("<", size/4), "all that was allocated on the way, both sides")
	s.Expect(s.do(http.MethodHead, "/p/-/p-1.0.0.tgz", nil).header.Get("Content-Length")).NotTo(BeEmpty())
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestPublishBodiesInOtherForms(t *testing.T) {
	for name, rewrite := range map[string]func(string) string{
		"as npm": func(s string) string { return s },
		"spaced": func(s string) string {
			return strings.NewReplacer(`"data":"`, "\"data\" : \n\t\"", `"length":`, `"length" : `).Replace(s)
		},
		"escaped slashes": func(s string) string { return strings.ReplaceAll(s, "/", `\/`) },
		"unknown fields":  func(s string) string { return strings.Replace(s, `{`, `{"x":{"data":"abc","_attachments":{}},`, 1) },
		"with an attachment of another kind": func(s string) string {
			return strings.Replace(s, `"_attachments":{`, `"_attachments":{"p-1.0.0.txt":{"data":"{\"a\":1}","length":7},`, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, plain(sandbox.Options{}))
			p := publication{name: "p", version: "1.0.0"}
			document, err := json.Marshal(p.body(t))
			s.Expect(err).NotTo(HaveOccurred())
			r := s.do(http.MethodPut, "/p", rewrite(string(document)), s.session())
			s.Expect(r.status).To(Equal(200), r.body)
			s.Expect(s.get("/p/-/p-1.0.0.tgz").body).To(Equal(string(p.tarball(t))))
		})
	}
}

func TestDocumentTooLarge(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	body := io.MultiReader(strings.NewReader(`{"name":"p","x":"`), io.LimitReader(letters{}, 10<<20), strings.NewReader(`"}`))
	s.Expect(s.do(http.MethodPut, "/p", body, s.session()).status).To(Equal(http.StatusRequestEntityTooLarge))
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
