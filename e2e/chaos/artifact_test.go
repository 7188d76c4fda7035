package chaos_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// commit is what all tags point at, in the sandbox of repository.
const commit = "4e3ad5922837d52b5df9269a476b3893c4487425"

// project is a checkout with what was built in it.
type project struct{ dir string }

// build makes a schedule's projects in a folder: the second differs in the bytes of one platform.
func (s schedule) build(dir string, trusted bool) (projects []project, err error) {
	if s.sort == sortRollback {
		return s.buildRollback(dir, trusted)
	}
	for build := range 2 {
		if build == 1 && s.sort != sortBuilds && !s.staging.other {
			break
		}
		p := project{filepath.Join(dir, fmt.Sprintf("build-%d", build))}
		projects = append(projects, p)
		for _, tag := range s.tags() {
			err = errors.Join(err, s.buildRelease(p, tag, build))
		}
		err = errors.Join(err, os.WriteFile(filepath.Join(p.dir, "desired-state.yaml"), []byte(s.stateFile(trusted)), 0o600))
	}
	return projects, err
}

func (s schedule) buildRelease(p project, tag string, build int) (err error) {
	version := versionOf(tag)
	for _, name := range s.packagesOf(tag) {
		home, number := s.onNpm(name, s.at(name, version))
		want, optional := standin.Package{Name: spec.Name(home), Version: spec.Version(number)}, map[string]string(nil)
		switch b, m, platform := s.find(name); {
		case b.given:
			continue
		case platform:
			want.Binary, want.Platform = true, m.platform()
		case slices.Contains(s.entries(), name):
			if want.Dependencies = s.listed(underDependencies, version); s.lists || slices.Contains(s.packed, name) {
				optional = s.listed("", version)
			}
		}
		err = errors.Join(err, s.buildPackage(p, want, optional, build))
	}
	return err
}

// platform is where a platform is installed.
func (m member) platform() spec.Platform {
	switch m.under {
	case underNothing:
		return spec.Platform{CPU: []string{"wasm32"}}
	case underDependencies:
		return spec.Platform{}
	}
	system, cpu, _ := strings.Cut(strings.Replace(m.target, "windows", "win32", 1), "-")
	return spec.Platform{OS: []string{system}, CPU: []string{cpu}}
}

// listed are the platforms that the entries of a release list in one place.
func (s schedule) listed(under, version string) map[string]string {
	listed := map[string]string{}
	for _, name := range s.platforms() {
		if _, m, _ := s.find(name); m.under == under {
			listed[name] = s.wanted(name, version)
		}
	}
	return listed
}

func (s schedule) buildPackage(p project, want standin.Package, platforms map[string]string, build int) error {
	name, version := s.alias(want.Name.String(), want.Version.String())
	folder := p.artifact(name, version)
	if err := errors.Join(standin.Write(folder, want, platforms, ""), s.writeNeeds(name, folder)); err != nil {
		return err
	}
	differs := uint64(0)
	if name == s.platform(s.targets[0]) {
		differs = uint64(build)
	}
	source := rand.NewChaCha8([32]byte{byte(s.seed), byte(len(name)), byte(differs)})
	data := make([]byte, 700+source.Uint64()%3000)
	if name == s.big {
		data = make([]byte, 300<<10)
	}
	_, _ = source.Read(data) // never fails
	if err := os.WriteFile(filepath.Join(folder, "data.bin"), data, 0o600); err != nil {
		return err
	}
	if !slices.Contains(s.packed, name) {
		return nil
	}
	packed, err := pack(folder)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(folder+".tgz", packed, 0o600), os.RemoveAll(folder))
}

// artifact is where a package's folder is; a .tgz has the same path with that ending.
func (p project) artifact(name, version string) string {
	return filepath.Join(p.dir, "dist", version, filepath.Base(name))
}

// pack writes a folder as a tarball of npm's form.
func pack(dir string) ([]byte, error) {
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	archive := tar.NewWriter(zipped)
	contents, err := readFolder(dir)
	if err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(contents)) {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			return nil, err
		}
		header := &tar.Header{Name: "package/" + path, Mode: int64(info.Mode().Perm() | 0o600), Size: info.Size()}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(contents[path]); err != nil {
			return nil, err
		}
	}
	err = errors.Join(archive.Close(), zipped.Close())
	return packed.Bytes(), err
}

// readFolder returns the files of a folder, by their paths in it.
func readFolder(dir string) (map[string][]byte, error) {
	contents := map[string][]byte{}
	return contents, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inside, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		contents[filepath.ToSlash(inside)], err = os.ReadFile(path)
		return err
	})
}

// differs tells in what a tarball that the registry took differs from the artifact that it should be, or "". Of an entry it is given how it
// lists its platforms.
func (p project) differs(name, version string, tarball []byte, platforms map[string]string) string {
	folder := p.artifact(name, version)
	if packed, err := os.ReadFile(folder + ".tgz"); err == nil {
		if !bytes.Equal(packed, tarball) {
			return "its bytes are not those of the .tgz"
		}
		return ""
	}
	want, err := readFolder(folder)
	if err != nil {
		return err.Error()
	}
	have, err := unpack(tarball)
	if err != nil {
		return err.Error()
	}
	for path := range have {
		if _, ok := want[path]; !ok {
			return path + " is not in the folder"
		}
	}
	for path, content := range want {
		if path == "package.json" && platforms != nil {
			if difference := entryDiffers(content, have[path], platforms); difference != "" {
				return difference
			}
			continue
		}
		if !bytes.Equal(have[path], content) {
			return path + " differs from the folder's"
		}
	}
	return ""
}

// entryDiffers compares the entry's package.json, into which its platforms may have been written.
func entryDiffers(built, published []byte, platforms map[string]string) string {
	var want, have map[string]any
	if err := errors.Join(json.Unmarshal(built, &want), json.Unmarshal(published, &have)); err != nil {
		return err.Error()
	}
	want["optionalDependencies"] = platforms
	if fmt.Sprint(want) != fmt.Sprint(have) { // prints maps in the order of their keys
		return fmt.Sprintf("its package.json is %v, where %v is wanted", have, want)
	}
	return ""
}

// unpack returns the files of a tarball, by their paths in its package.
func unpack(tarball []byte) (map[string][]byte, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(tarball))
	if err != nil {
		return nil, err
	}
	contents := map[string][]byte{}
	archive := tar.NewReader(zipped)
	for {
		header, err := archive.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return contents, nil
			}
			return nil, err
		}
		var content bytes.Buffer
		if _, err := content.ReadFrom(archive); err != nil {
			return nil, err
		}
		path, ok := strings.CutPrefix(header.Name, "package/")
		if _, twice := contents[path]; !ok || twice || header.Typeflag != tar.TypeReg {
			return nil, fmt.Errorf("the tarball holds %s (of type %c)", header.Name, header.Typeflag)
		}
		contents[path] = content.Bytes()
	}
}
