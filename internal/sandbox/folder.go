package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/wholefile"
)

// folder is where a world lives:
//
//	world.json            says that this is a sandbox, and of which format
//	lock                  held by whoever changes something
//	served                held, together, by all who serve it
//	tags.json             git tags
//	issues.json           of GitHub
//	comments.json         of its issues and pull requests
//	packages/<esc>.json   one record a package
//	tarballs/<esc>/       its tarballs, by version
//	uploads/              tarballs on their way in
type folder string

const (
	markerFile = "world.json"
	lockFile   = "lock"
	servedFile = "served"
	format     = 1
)

type marker struct {
	Kind   string `json:"kind"`
	Format int    `json:"format"`
}

const markerKind = "facets-reconcile sandbox"

func (f folder) path(elements ...string) string {
	return filepath.Join(append([]string{string(f)}, elements...)...)
}

func (f folder) record(name spec.Name) string { return f.path("packages", name.Escaped()+".json") }

func (f folder) tarball(name spec.Name, version spec.Version) string {
	return f.path("tarballs", name.Escaped(), version.String()+".tgz")
}

// open makes the folder a sandbox unless it is one, and calls fill for a new one.
func (f folder) open(fill func() error) error {
	if f == "" {
		return errors.New("no folder is given")
	}
	if err := f.foreign(); err != nil {
		return err
	}
	for _, dir := range []string{f.path(), f.path("packages"), f.path("tarballs"), f.path("uploads")} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
	}
	return f.locked(func() error {
		if known, err := f.marked(); known || err != nil {
			return err
		}
		if err := os.WriteFile(f.path(".gitignore"), []byte("*\n"), 0o600); err != nil {
			return err
		}
		if err := fill(); err != nil {
			return err
		}
		return f.write(f.path(markerFile), marker{Kind: markerKind, Format: format}) // last: else half a world would pass for one
	})
}

// marked tells whether the folder is a sandbox. A sandbox of another format is an error.
func (f folder) marked() (bool, error) {
	var m marker
	switch err := read(f.path(markerFile), &m); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case m.Kind != markerKind:
		return false, fmt.Errorf("%s is not a sandbox's", f.path(markerFile))
	case m.Format != format:
		return false, fmt.Errorf("its format is %d, this program knows %d; reset it", m.Format, format)
	}
	return true, nil
}

// foreign refuses a folder that holds files which are no sandbox's, so that those are never mixed with ours or removed.
func (f folder) foreign() error {
	entries, err := os.ReadDir(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if known, err := f.marked(); known || err != nil {
		return err
	}
	ours := map[string]bool{
		markerFile: true, lockFile: true, servedFile: true, tagsFile: true, issuesFile: true, ".gitignore": true,
		"packages": true, "tarballs": true, "uploads": true,
	}
	for _, entry := range entries {
		if !ours[entry.Name()] && filepath.Ext(entry.Name()) != wholefile.Ext {
			return fmt.Errorf("it holds %s and is no sandbox; name another folder", entry.Name())
		}
	}
	return nil
}

// Reset removes a sandbox's folder. It refuses a folder that is not a sandbox's, or that is being served. Where there is no folder, it
// does nothing.
func Reset(dir string) error {
	f := folder(dir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var m marker
	if err := read(f.path(markerFile), &m); err != nil || m.Kind != markerKind {
		return fmt.Errorf("resetting the sandbox %q: its %s does not say that it is one, so nothing was removed; if it is, remove "+
			"the folder by hand", dir, markerFile)
	}
	switch served, err := f.served(); {
	case err != nil:
		return fmt.Errorf("resetting the sandbox %q: %w", dir, err)
	case served:
		return fmt.Errorf("resetting the sandbox %q: a program that still runs serves it, so nothing was removed; end that first (Ctrl-C)", dir)
	}
	if err := f.locked(func() error { return os.RemoveAll(dir) }); err != nil {
		return fmt.Errorf("resetting the sandbox %q: %w", dir, err)
	}
	return nil
}

// write replaces a file as a whole.
func (f folder) write(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return wholefile.Write(path, append(data, '\n'), 0o600)
}

// readList reads a list from a file that may not exist yet.
func readList[T any](path string) (list []T, err error) {
	if err := read(path, &list); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return list, nil
}

func read(path string, value any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}
