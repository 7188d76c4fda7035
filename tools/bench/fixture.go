package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// version is that of everything that is published here.
const version = "1.0.0"

// fixture is a project with artifacts, as a build leaves them.
type fixture struct {
	dir   string
	names []string
}

// artifact returns where the artifact of a package lies: a folder, or a .tgz beside it.
func (f fixture) artifact(i int) string {
	return filepath.Join(f.dir, "dist", fmt.Sprintf("tool-%02d", i))
}

// executables makes packages that each hold an executable of so many bytes: those of bun behind a small header,
// repeated or cut to size, and here and there other ones in each package, always the same.
func (b *bench) executables(count int, size int64) (fixture, error) {
	f := fixture{dir: filepath.Join(b.work, fmt.Sprintf("executables-%d-%d", count, size))}
	for i := range count {
		f.names = append(f.names, fmt.Sprintf("@bench/tool-%02d", i))
	}
	if _, err := os.Stat(f.dir); err == nil {
		return f, nil
	}
	original, err := os.ReadFile(filepath.Join(clients, "node_modules", bunPackage(), "bin/bun"))
	if err != nil {
		return f, fmt.Errorf("the artifacts are made of bun's executable, which has to be installed: %w", err)
	}
	for i, name := range f.names {
		if err := writePackage(f.artifact(i), name); err != nil {
			return f, err
		}
		if err := writeExecutable(filepath.Join(f.artifact(i), "bin/tool"), original, size, uint64(i)); err != nil {
			return f, err
		}
	}
	return f, os.WriteFile(filepath.Join(f.dir, "package.json"), []byte(`{"private": true}`), 0o600) // bun wants one around it
}

// writePackage writes all of a package but its executable.
func writePackage(dir, name string) error {
	manifest, err := json.MarshalIndent(map[string]any{
		"name": name, "version": version, "license": "MIT", "description": "A package that is measured.",
		"os": []string{"linux"}, "cpu": []string{machine()}, "bin": map[string]string{"tool": "bin/tool"},
		"repository": map[string]string{"type": "git", "url": "git+https://git.example.test/bench.git"},
	}, "", "  ")
	return errors.Join(err, os.MkdirAll(filepath.Join(dir, "bin"), 0o750),
		os.WriteFile(filepath.Join(dir, "package.json"), manifest, 0o600),
		os.WriteFile(filepath.Join(dir, "README.md"), []byte("# "+name+"\n"), 0o600))
}

// sparse is how far apart the bytes are that differ between packages: no package is the copy of another, and all are
// compressed alike.
const sparse = 64 << 10

func writeExecutable(path string, original []byte, size int64, seed uint64) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755) //nolint:gosec // an executable
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // must be the same each time
	block := make([]byte, sparse)
	for offset := int64(0); offset < size; offset += sparse {
		at := offset % int64(len(original))
		n := copy(block, original[at:])
		copy(block[n:], original)
		if offset == 0 { // its own would tell of more than is left of it
			header, _ := native.Header(spec.Platform{OS: []string{"linux"}, CPU: []string{machine()}}, "glibc")
			copy(block, header)
		} else {
			block[random.IntN(sparse)] ^= byte(1 + random.UintN(255)) //nolint:gosec // less than 256
		}
		if _, err := file.Write(block[:min(sparse, size-offset)]); err != nil {
			return err
		}
	}
	return file.Sync() // not while somebody is measured
}

// pack writes each artifact's folder as a .tgz beside it, fast rather than small.
func (f fixture) pack() error {
	for i := range f.names {
		dir := f.artifact(i)
		file, err := os.Create(dir + ".tgz")
		if err != nil {
			return err
		}
		if err := errors.Join(tarball(file, os.DirFS(dir), "package.json", "README.md", "bin/tool"), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// tarball writes files as a package.
func tarball(to io.Writer, from fs.FS, names ...string) error {
	zipped, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
	if err != nil {
		return err
	}
	tarred := tar.NewWriter(zipped)
	for _, name := range names {
		contents, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: "package/" + name, Size: int64(len(contents)), Mode: 0o755}
		if err := tarred.WriteHeader(header); err != nil {
			return err
		}
		if _, err := tarred.Write(contents); err != nil {
			return err
		}
	}
	return errors.Join(tarred.Close(), zipped.Close())
}

// declare writes a state file of libraries that are pinned to the version, with a line of its own under spec, and returns
// its path. Their artifacts are PATTERN, which holds %02d, or none.
func declare(dir, file, line, pattern string, names []string) (string, error) {
	var s strings.Builder
	s.WriteString("apiVersion: reconcile.agentfacets.io/v1alpha1\nkind: DesiredState\nmetadata: {name: bench}\nspec:\n")
	if line != "" {
		s.WriteString("  " + line + "\n")
	}
	s.WriteString("  groups:\n    - name: tools\n      tag: \"{package}@{version}\"\n      packages:\n")
	for i, name := range names {
		fmt.Fprintf(&s, "        - {package: %q, version: %s", name, version)
		if pattern != "" {
			fmt.Fprintf(&s, ", artifact: "+pattern, i)
		}
		s.WriteString("}\n")
	}
	path := filepath.Join(dir, file)
	return path, errors.Join(os.MkdirAll(dir, 0o750), os.WriteFile(path, []byte(s.String()), 0o600))
}
