// Package packagetest makes the directories and .tgz that tests take for packages. Only tests import it.
package packagetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// Directory makes a folder of files: path to contents. "->x" makes a symbolic link, "+x" an executable file, and a path that ends
// in a slash a folder.
func Directory(t testing.TB, files map[string]string) string {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	for name, contents := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			g.Expect(os.MkdirAll(at, 0o755)).To(Succeed())
			continue
		}
		g.Expect(os.MkdirAll(filepath.Dir(at), 0o755)).To(Succeed())
		if target, isLink := strings.CutPrefix(contents, "->"); isLink {
			g.Expect(os.Symlink(target, at)).To(Succeed())
			continue
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(contents, "+x") {
			mode = 0o775
		}
		g.Expect(os.WriteFile(at, []byte(contents), mode)).To(Succeed())
		g.Expect(os.Chmod(at, mode)).To(Succeed())
	}
	return dir
}

const contents = "contents" // the key of PAXRecords under which a header carries its file's contents to Tgz

// Regular is the header of a regular file with these contents, of mode 0644.
func Regular(name, data string) tar.Header {
	return tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), PAXRecords: map[string]string{contents: data}}
}

// Command is the header of a regular file with these contents, of mode 0755.
func Command(name, data string) tar.Header {
	header := Regular(name, data)
	header.Mode = 0o755
	return header
}

// Tgz makes a .tgz of entries, in their order. Those that are not made here have no contents.
func Tgz(t testing.TB, headers ...tar.Header) string {
	t.Helper()
	g := NewWithT(t)
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	tarred := tar.NewWriter(zipped)
	for _, header := range headers {
		data := header.PAXRecords[contents]
		header.PAXRecords = nil
		g.Expect(tarred.WriteHeader(&header)).To(Succeed())
		_, err := tarred.Write([]byte(data))
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(tarred.Close()).To(Succeed())
	g.Expect(zipped.Close()).To(Succeed())
	path := filepath.Join(t.TempDir(), "p.tgz")
	g.Expect(os.WriteFile(path, b.Bytes(), 0o600)).To(Succeed())
	return path
}
