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
)

// Directory makes a folder of files: path to contents. "->x" makes a symbolic link, "+x" an executable file, and a path that ends
// in a slash a folder.
func Directory(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, contents := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(at, 0o750))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(at), 0o750))
		if target, isLink := strings.CutPrefix(contents, "->"); isLink {
			must(t, os.Symlink(target, at))
			continue
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(contents, "+x") {
			mode = 0o775
		}
		must(t, os.WriteFile(at, []byte(contents), mode))
		must(t, os.Chmod(at, mode))
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
	var b bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&b, gzip.BestSpeed) // small enough, and most of what some tests do
	must(t, err)
	tarred := tar.NewWriter(zipped)
	for _, header := range headers {
		data := header.PAXRecords[contents]
		header.PAXRecords = nil
		must(t, tarred.WriteHeader(&header))
		_, err = tarred.Write([]byte(data))
		must(t, err)
	}
	must(t, tarred.Close())
	must(t, zipped.Close())
	path := filepath.Join(t.TempDir(), "p.tgz")
	must(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
