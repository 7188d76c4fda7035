package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

// FuzzOpen packs a package.json and a file of any name and contents: what is packed from a directory must open again as the
// same package.
func FuzzOpen(f *testing.F) {
	f.Add(`{"name": "p", "version": "1.0.0", "files": ["[a", "{b,{c", "**/..", "!"], "bin": [1, "x"]}`, "bin/x",
		[]byte("\x7fELF\x02\x01\x01"))
	f.Add(minimal, "../x", []byte("MZ"))
	f.Add(minimal, "PACKAGE.JSON", []byte("{}"))
	f.Add(minimal, "a\x1b]0;b\u202ec\n", []byte("\xca\xfe\xba\xbe\x00\x00\x00\x01"))
	f.Add(strings.Repeat(`{"name":`, 12_000), "\xff", []byte("\x00asm"))
	f.Add(`{"name": "p", "version": "1.0.0", "optionalDependencies": {"`+"\u202e"+`": 1e999}, "os": ["\u001b[2J"]}`, "README.md", []byte("\x1b"))
	f.Add(`{"name": 1, "name": "p", "version": "1.0.0", "bin": {"../../x": "..\\..\\y"}, "main": {}, "private": 1e999}`, "y", []byte{})
	f.Add(`{"name": "p", "version": "1.0.0", "dependencies": {"a": "workspace:*", "@s/..%2fb": 7}, "scripts": [1]}`, "a/b/c", []byte{})
	f.Add(`{"name": "p", "version": "1.0.0", "files": ["**/a/**/a/**/a/**/a/**/a/**/a/**/b"]}`, strings.Repeat("a/", 40), []byte{})
	f.Fuzz(func(t *testing.T, document, name string, contents []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		if file := filepath.Join(dir, name); filepath.IsLocal(name) && os.MkdirAll(filepath.Dir(file), 0o700) == nil {
			_ = os.WriteFile(file, contents, 0o600) // a name that no system has is no file
		}
		opened(t, dir)
		archived := "package/" + strings.TrimRight(strings.ReplaceAll(name, "\x00", ""), "/") + "x" // a slash would make it a folder
		opened(t, packagetest.Tgz(t, packagetest.Regular("package/package.json", document), packagetest.Regular(archived, string(contents))))
	})
}

// FuzzArchive reads any tar stream as a .tgz.
func FuzzArchive(f *testing.F) {
	for _, seed := range hostileArchives() {
		f.Add(tarOf(f, seed.headers...))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		var b bytes.Buffer
		zipped, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level exists
		_, _ = zipped.Write(stream)                          // a Buffer
		_ = zipped.Close()                                   // takes everything
		file := filepath.Join(t.TempDir(), "p.tgz")
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		opened(t, file)
		listing, err := keptFile(t, file).List(t.Context())
		if a, openErr := artifact.Open(t.Context(), file); err == nil && openErr == nil && len(listing.Files) != len(a.Files()) {
			t.Errorf("%d files are listed, and %d are there", len(listing.Files), len(a.Files()))
		}
	})
}

// opened opens, checks and packs what may be an artifact, and looks at what comes of it.
func opened(t *testing.T, at string) {
	t.Helper()
	a, err := artifact.Open(t.Context(), at)
	if err != nil {
		shown(t, err)
		return
	}
	files := a.Files()
	for _, file := range files {
		if !filepath.IsLocal(file) || path.Clean(file) != file || strings.Contains(file, `\`) || !printable(file) {
			t.Errorf("the file %q is let through", file)
		}
	}
	if !slices.Contains(files, "package.json") || len(slices.Compact(slices.Sorted(slices.Values(files)))) != len(files) {
		t.Errorf("no files of a package: %q", files)
	}
	if mismatch := a.PlatformMismatch(map[string]string{"a": "1.0.0"}, nil, nil); mismatch != nil {
		shown(t, mismatch)
	}
	tarball, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir()})
	if err != nil {
		shown(t, err)
		return
	}
	again(t, a, tarball)
	if err := tarball.Close(); err != nil {
		t.Error(err)
	}
}

// again opens what was packed: it must be the package that it was made of.
func again(t *testing.T, a *artifact.Artifact, tarball *artifact.Tarball) {
	t.Helper()
	g := NewWithT(t)
	stream, err := tarball.Open(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	var b bytes.Buffer
	_, err = b.ReadFrom(stream)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(stream.Close()).To(Succeed())
	g.Expect(int64(b.Len())).To(Equal(tarball.Size))
	g.Expect(artifact.SameContents(bytes.NewReader(b.Bytes()), bytes.NewReader(b.Bytes()))).To(Succeed())
	g.Expect(tarball.Manifest).To(And(HaveKeyWithValue("name", a.Name().String()), HaveKeyWithValue("version", a.Version().String())))

	file := filepath.Join(t.TempDir(), "again.tgz")
	g.Expect(os.WriteFile(file, b.Bytes(), 0o600)).To(Succeed())
	packed, err := artifact.Open(t.Context(), file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(packed.Files()).To(Equal(a.Files()))
	g.Expect(packed.Name()).To(Equal(a.Name()))
	g.Expect(packed.Version()).To(Equal(a.Version()))
}

// shown tells whether an error can be shown at a terminal as it is.
func shown(t *testing.T, err error) {
	t.Helper()
	if err != nil && !printable(strings.ReplaceAll(err.Error(), "\n", " ")) {
		t.Errorf("it would reach the terminal as it is: %q", err)
	}
}

func printable(text string) bool {
	steers := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
	return utf8.ValidString(text) && !strings.ContainsFunc(text, steers)
}

// tarOf writes entries; what archive/tar does not write is left out.
func tarOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	tarred := tar.NewWriter(&b)
	for _, header := range headers {
		contents := header.PAXRecords["contents"]
		if contents != "" {
			header.PAXRecords = nil
		}
		if err := tarred.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := tarred.Write([]byte(contents)); err != nil {
			t.Fatal(err)
		}
	}
	_ = tarred.Close() // one that claims more than it has cannot be closed
	return b.Bytes()
}
