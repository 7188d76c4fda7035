//go:build unix

package artifact_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

// TestHostileDirectories is about what a build may leave in a folder beside the files of the package: npm's own client leaves
// out what is no regular file, and so does this one.
func TestHostileDirectories(t *testing.T) {
	outside := filepath.Join(packagetest.Directory(t, map[string]string{"secret": "sssecret"}), "secret")
	long := strings.Repeat(strings.Repeat("d", 200)+"/", 18)
	for name, c := range map[string]struct {
		files     map[string]string // "->" begins a link
		special   map[string]func(path string) error
		complaint string   // "" where it is packed
		packed    []string // beside package.json and a
	}{
		"a link to the outside":         {files: map[string]string{"x": "->" + outside}},
		"a link to a folder outside":    {files: map[string]string{"x": "->" + filepath.Dir(outside)}},
		"a link to a file inside":       {files: map[string]string{"x": "->a"}},
		"a link to nothing":             {files: map[string]string{"x": "->nothing"}},
		"a link to itself":              {files: map[string]string{"x": "->x"}},
		"a link to its parent":          {files: map[string]string{"in/x": "->.."}},
		"links in a circle":             {files: map[string]string{"in/x": "->y", "in/y": "->x"}},
		"a socket":                      {special: map[string]func(string) error{"x": socket}},
		"a pipe":                        {special: map[string]func(string) error{"x": pipe}},
		"a pipe for a readme":           {special: map[string]func(string) error{"README.md": pipe}},
		"a pipe for an ignore file":     {special: map[string]func(string) error{".npmignore": pipe}, complaint: ".npmignore is no regular file"},
		"an ignore file outside":        {files: map[string]string{".npmignore": "->" + outside, "sssecret": ""}},
		"an ignore file to nothing":     {files: map[string]string{"in/.gitignore": "->nothing"}, complaint: "in/.gitignore is a link to nothing"},
		"a folder for an ignore file":   {special: map[string]func(string) error{".gitignore": folder}, complaint: ".gitignore is no regular file"},
		"a device":                      {files: map[string]string{"x": "->/dev/zero"}},
		"a line break in a name":        {files: map[string]string{"a\nb": ""}, complaint: `"a\nb" has control characters`},
		"a terminal's commands":         {files: map[string]string{"\x1b[2J": ""}, complaint: `"\x1b[2J" has control characters`},
		"letters that turn around":      {files: map[string]string{"in/\u202etxt": ""}, complaint: `"in/\u202etxt" has control`},
		"a name that is not UTF-8":      {files: map[string]string{"\xff": ""}, complaint: `"\xff" has a name that is not UTF-8`},
		"several bad names":             {files: map[string]string{"\xff": "", "a\x7f": ""}, complaint: `"a\x7f"`},
		"a backslash in a name":         {files: map[string]string{`a\b`: ""}, complaint: "backslash"},
		"another package.json":          {files: map[string]string{"Package.json": "{}"}, complaint: "takes the place of package.json"},
		"colliding cases":               {files: map[string]string{"b": "", "B": ""}, packed: []string{"b", "B"}},
		"letters that look like others": {files: map[string]string{"\u0430": ""}, packed: []string{"\u0430"}},
		"a path of 3600 bytes":          {files: map[string]string{long + "x": ""}, packed: []string{long + "x"}},
		"bad names that are left out":   {files: map[string]string{".npmignore": "bad", "bad/\x1b": "", "bad/\xff": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := packagetest.Directory(t, map[string]string{"package.json": minimal, "a": "a"})
			for file, contents := range c.files {
				place(t, filepath.Join(dir, file), contents)
			}
			for file, put := range c.special {
				g.Expect(put(filepath.Join(dir, file))).To(Succeed())
			}
			a, err := artifact.Open(t.Context(), dir)
			if c.complaint != "" {
				g.Expect(err).To(MatchError(And(ContainSubstring(c.complaint), ContainSubstring(dir))))
				shown(t, err)
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(a.Files()).To(ConsistOf(append(c.packed, "package.json", "a")))
			opened(t, dir)
		})
	}
}

func place(t *testing.T, at, contents string) {
	t.Helper()
	g := NewWithT(t)
	g.Expect(os.MkdirAll(filepath.Dir(at), 0o700)).To(Succeed())
	if target, isLink := strings.CutPrefix(contents, "->"); isLink {
		g.Expect(os.Symlink(target, at)).To(Succeed())
		return
	}
	g.Expect(os.WriteFile(at, []byte(contents), 0o600)).To(Succeed())
}

func folder(path string) error { return os.Mkdir(path, 0o700) }

func pipe(path string) error { return syscall.Mkfifo(path, 0o600) }

func socket(path string) error {
	folder, err := os.MkdirTemp("", "s") // a socket's path is short
	if err != nil {
		return err
	}
	at := filepath.Join(folder, "s")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: at, Net: "unix"})
	if err != nil {
		return err
	}
	listener.SetUnlinkOnClose(false)
	if err := listener.Close(); err != nil {
		return err
	}
	if err := os.Rename(at, path); err != nil {
		return err
	}
	return os.Remove(folder)
}

func TestAPackageBehindALink(t *testing.T) {
	g := NewWithT(t)
	dir := packagetest.Directory(t, map[string]string{"package.json": minimal})
	link := filepath.Join(t.TempDir(), "link")
	g.Expect(os.Symlink(dir, link)).To(Succeed())
	a, err := artifact.Open(t.Context(), link)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(a.Files()).To(ConsistOf("package.json"))
	opened(t, link)
}

func TestAPipeForPackageJSON(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(pipe(filepath.Join(dir, "package.json"))).To(Succeed())
	_, err := artifact.Open(t.Context(), dir)
	g.Expect(err).To(MatchError(ContainSubstring("package.json is no regular file")))
}

func TestUnreadableFilesAreNamed(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	g := NewWithT(t)
	dir := packagetest.Directory(t, map[string]string{"package.json": minimal, "in/a": "a", "b": ""})
	g.Expect(os.Chmod(filepath.Join(dir, "b"), 0)).To(Succeed())
	a, err := artifact.Open(t.Context(), dir)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir()})
	g.Expect(err).To(MatchError(ContainSubstring("b: permission denied")))

	g.Expect(os.Chmod(filepath.Join(dir, "in"), 0)).To(Succeed())
	defer func() { _ = os.Chmod(filepath.Join(dir, "in"), 0o700) }()
	_, err = artifact.Open(t.Context(), dir)
	g.Expect(err).To(MatchError(ContainSubstring("in: permission denied")))
}

// A build that goes on while its files are packed would put together what never belonged together.
func TestFilesThatChangeAfterTheyWereListed(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"it grows":                       func(path string) error { return os.WriteFile(path, []byte("longer"), 0o600) },
		"it shrinks":                     func(path string) error { return os.Truncate(path, 0) },
		"it goes":                        os.Remove,
		"it turns to a link":             func(path string) error { return relink(path, "/dev/zero") },
		"it turns to a link to its like": func(path string) error { return relink(path, "package.json") },
		"it turns to a folder":           func(path string) error { return remake(path, func() error { return folder(path) }) },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := packagetest.Directory(t, map[string]string{"package.json": minimal, "a": "abc"})
			a, err := artifact.Open(t.Context(), dir)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(change(filepath.Join(dir, "a"))).To(Succeed())
			spool := t.TempDir()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err = a.Pack(ctx, artifact.PackOptions{Dir: spool})
			g.Expect(err).To(MatchError(ContainSubstring("a: ")))
			g.Expect(os.ReadDir(spool)).To(BeEmpty(), "nothing half-packed is left")
		})
	}
}

func relink(path, target string) error {
	return remake(path, func() error { return os.Symlink(target, path) })
}

func remake(path string, put func() error) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return put()
}

// A package of very many files costs time and memory in proportion.
func TestManyFiles(t *testing.T) {
	g := NewWithT(t)
	dir := packagetest.Directory(t, map[string]string{"package.json": minimal})
	const files = 5_000
	for i := range files {
		if i%500 == 0 {
			g.Expect(os.Mkdir(filepath.Join(dir, fmt.Sprint("d", i/500)), 0o700)).To(Succeed())
		}
		g.Expect(os.WriteFile(filepath.Join(dir, fmt.Sprint("d", i/500), fmt.Sprint(i)), nil, 0o600)).To(Succeed())
	}
	a, err := artifact.Open(t.Context(), dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(a.Files()).To(HaveLen(files + 1))
	g.Expect(a.Name()).To(BeEquivalentTo("@s/p"))
}
