package artifact

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/agent-facets/facets-reconcile/internal/artifact/manifest"
)

// maxText is the largest package.json that is read, and the largest readme that goes into the manifest, in bytes.
const maxText = 1 << 20

// authorsName is the file whose lines npm takes for contributors.
const authorsName = "AUTHORS"

// shown are the texts of a package that go into its manifest.
type shown struct {
	readme  manifest.File
	authors string
}

// wants tells whether a file at the package's root is one whose text is shown, of those that came so far.
func (s *shown) wants(name string) bool {
	return name == authorsName ||
		manifest.IsReadme(name) && (s.readme.Name == "" || manifest.PrefersReadme(name, s.readme.Name))
}

func (s *shown) take(name string, text []byte) {
	if name == authorsName {
		s.authors = string(text)
		return
	}
	s.readme = manifest.File{Name: name, Text: string(text)}
}

// readShown reads them from a directory. npm also shows a text that is a link, which it does not pack; workspaces have such, to
// their own readme. The file behind it must be called alike, as it could be any of this machine.
func readShown(dir string, entries []fs.DirEntry) (shown, error) {
	var s shown
	for _, entry := range entries {
		name := entry.Name()
		if !s.wants(name) {
			continue
		}
		target, err := filepath.EvalSymlinks(filepath.Join(dir, name))
		if base := filepath.Base(target); err != nil || (name == authorsName) != (base == authorsName) ||
			name != authorsName && !manifest.IsReadme(base) {
			continue // a link that leads nowhere, or elsewhere
		}
		text, err := readSmall(target)
		if err != nil {
			return shown{}, fmt.Errorf("reading its %s: %w", name, err)
		}
		if text != nil {
			s.take(name, text)
		}
	}
	return s, nil
}

// readSmall returns nil for what is no regular file, as opening a pipe would wait for whoever fills it, and for a large one.
func readSmall(name string) (text []byte, err error) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxText {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err = io.ReadAll(io.LimitReader(f, maxText))
	return append([]byte{}, text...), err
}
