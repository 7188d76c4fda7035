package packlist_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packlist"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

func list(t *testing.T, dir string, client packlist.Client) ([]string, error) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "package.json"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	pkg, err := packagejson.Parse(raw)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	files, err := packlist.List(t.Context(), dir, pkg, packlist.Options{Client: client})
	paths := []string{}
	for _, f := range files {
		if f.Path != "package.json" {
			paths = append(paths, f.Path)
		}
	}
	return paths, err
}

const head = `{"name": "p", "version": "1.0.0"`

// TestList holds what the real npm does, as TestPacksAsNpmPacks found it, without running npm.
func TestList(t *testing.T) {
	for name, c := range map[string]struct {
		files    map[string]string
		npm12    []string
		npm11    []string // nil: the same
		manifest string   // what follows name and version in package.json
	}{
		"a byte order mark before .npmignore": {files: map[string]string{".npmignore": "\ufeffsecret.env\n", "secret.env": "", "a": ""}, npm12: []string{"a"}},
		"a byte order mark before .gitignore": {files: map[string]string{"in/.gitignore": "\ufeff*.env\r\n", "in/secret.env": "", "a": ""}, npm12: []string{"a"}},
		"blanks and comments":                 {files: map[string]string{".npmignore": "\u00a0 a \t\r\n # b\r\n\\#c\r\n", "a": "", "b": "", "#c": ""}, npm12: []string{"b"}},
		"a file below a folder that ignores all": {manifest: `"files": ["a/keep", "b/c/keep"]`,
			files: map[string]string{"a/.gitignore": "*", "a/keep": "", "b/c/.gitignore": "*", "b/c/keep": ""},
			npm12: []string{}, npm11: []string{"a/keep"}},
		"leftovers of patch": {manifest: `"files": ["x.orig", "a/x.orig", "a/b/x.orig"]`,
			files: map[string]string{"x.orig": "", "a/x.orig": "", "a/b/x.orig": ""}, npm12: []string{"x.orig"}, npm11: []string{"a/x.orig", "x.orig"}},
		"case": {manifest: `"files": ["*.D.ts", "LIB/**"]`, files: map[string]string{"a.d.ts": "", "in/b.d.ts": "", "lib/x": ""},
			npm12: []string{}, npm11: []string{"lib/x", "a.d.ts"}},
		"everything by dot":    {manifest: `"files": ["."]`, files: map[string]string{"a": ""}, npm12: []string{}},
		"a path below a file":  {manifest: `"files": ["bin/cli"]`, files: map[string]string{"bin": ""}, npm12: []string{}},
		"nothing":              {manifest: `"files": [""]`, files: map[string]string{"a": ""}, npm12: []string{}, npm11: []string{"a"}},
		"no list":              {manifest: `"files": false`, files: map[string]string{"a": ""}, npm12: []string{"a"}},
		"a range that is none": {manifest: `"files": ["[z-a]", "b"]`, files: map[string]string{"a": "", "b": ""}, npm12: []string{"b"}},
		"sequences and groups": {manifest: `"files": ["{1..2}", "@(x|y)", "z!(z)"]`,
			files: map[string]string{"1": "", "2": "", "3": "", "x": "", "zz": "", "za": ""}, npm12: []string{"1", "2", "x", "za"}},
		"lock files": {files: map[string]string{"package-lock.json": "", "npm-shrinkwrap.json": "", "bun.lock": "", "in/bun.lock": ""},
			npm12: []string{"in/bun.lock"}, npm11: []string{"npm-shrinkwrap.json", "bun.lock", "in/bun.lock"}},
		"patches": {manifest: `"files": ["patches"], "patchedDependencies": {"x@1": "./patches/x.patch", "y@1": "../y"}`,
			files: map[string]string{"patches/x.patch": "", "patches/readme": ""}, npm12: []string{"patches/readme"},
			npm11: []string{"patches/readme", "patches/x.patch"}},
		"an object for browser": {manifest: `"files": [], "browser": {"./a": "./b"}`, files: map[string]string{"b": "", "a": ""}, npm12: []string{"b"}},
		"members inside": {manifest: `"workspaces": ["in"]`,
			files: map[string]string{"in/package.json": head + "}", "in/.npmignore": "a", "in/a": ""}, npm12: []string{"in/a", "in/package.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c.files["package.json"] = head + "}"
			if c.manifest != "" {
				c.files["package.json"] = head + ", " + c.manifest + "}"
			}
			dir := packagetest.Directory(t, c.files)
			if c.npm11 == nil {
				c.npm11 = c.npm12
			}
			g.Expect(list(t, dir, packlist.NPM12)).To(Equal(c.npm12), "npm 12")
			g.Expect(list(t, dir, packlist.NPM11)).To(Equal(c.npm11), "npm 11")
		})
	}
}

func TestIgnoreFilesOfTheWorkspaceCount(t *testing.T) {
	g := NewWithT(t)
	root := packagetest.Directory(t, map[string]string{
		"package.json": "\ufeff" + `{"workspaces": ["groups/*/*", "!**/stranger"]}`, ".gitignore": "\ufeffsecret.env\n",
		"groups/.npmignore": "/b\n", "groups/.gitignore": "a\n", "groups/g/m/package.json": head + "}", "groups/g/m/.npmignore": "c",
		"groups/g/m/secret.env": "", "groups/g/m/a": "", "groups/g/m/b": "", "groups/g/m/in/b": "", "groups/g/m/c": "",
		"groups/g/files/package.json": head + `, "files": ["secret.env", "b"]}`, "groups/g/files/secret.env": "", "groups/g/files/b": "",
		"groups/g/stranger/package.json": head + "}", "groups/g/stranger/secret.env": "",
	})
	g.Expect(list(t, filepath.Join(root, "groups", "g", "m"), packlist.NPM12)).To(Equal([]string{"a", "in/b"}))
	g.Expect(list(t, filepath.Join(root, "groups", "g", "files"), packlist.NPM12)).To(Equal([]string{"b", "secret.env"}))
	g.Expect(list(t, filepath.Join(root, "groups", "g", "stranger"), packlist.NPM12)).To(Equal([]string{"secret.env"}))
}

func TestAnIgnoreFileMayStandElsewhere(t *testing.T) {
	g := NewWithT(t)
	elsewhere := filepath.Join(packagetest.Directory(t, map[string]string{"rules": "a"}), "rules")
	dir := packagetest.Directory(t, map[string]string{"package.json": head + "}", ".npmignore": "->" + elsewhere, "a": "", "b": ""})
	g.Expect(list(t, dir, packlist.NPM12)).To(Equal([]string{"b"}))
}

func TestModes(t *testing.T) {
	g := NewWithT(t)
	dir := packagetest.Directory(t, map[string]string{"package.json": head + `, "directories": {"bin": "bin"}}`, "bin/a": "", "bin/.b": "", "c": ""})
	modes := map[string]fs.FileMode{"bin/a": 0o644, "bin/.b": 0o440, "c": 0o777 | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky}
	for name, mode := range modes {
		g.Expect(os.Chmod(filepath.Join(dir, name), mode)).To(Succeed())
	}
	pkg, err := packagejson.Parse([]byte(head + `, "directories": {"bin": "bin"}}`))
	g.Expect(err).NotTo(HaveOccurred())
	files, err := packlist.List(t.Context(), dir, pkg, packlist.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	packed := map[string]int64{}
	for _, f := range files {
		packed[f.Path] = f.Mode
	}
	g.Expect(packed).To(Equal(map[string]int64{"package.json": 0o644, "bin/a": 0o755, "bin/.b": 0o640, "c": 0o7755}))
}

func TestListRefuses(t *testing.T) {
	for complaint, files := range map[string]map[string]string{
		"in/.npmignore is a link to nothing; remove it":    {"in/.npmignore": "->nowhere"},
		".gitignore is no regular file":                    {".gitignore/x": ""},
		"write several patterns (a line of in/.npmignore)": {"in/.npmignore": "@(a|@(b))"},
		`npm takes for two patterns; write [|] (a line of`: {".gitignore": `a\|b`},
		"npm cannot read; write the class without its":     {".gitignore": "a-[[:alpha:]]"},
	} {
		t.Run(complaint, func(t *testing.T) {
			files["package.json"] = head + "}"
			_, err := list(t, packagetest.Directory(t, files), packlist.NPM12)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(complaint)))
		})
	}
}

func TestListCounts(t *testing.T) {
	g := NewWithT(t)
	dir := packagetest.Directory(t, map[string]string{"package.json": head + "}", "a": "12"})
	pkg, err := packagejson.Parse([]byte(head + "}"))
	g.Expect(err).NotTo(HaveOccurred())
	full := errors.New("full")
	_, err = packlist.List(t.Context(), dir, pkg, packlist.Options{Count: func(path string, size int64) error {
		if path == "a" && size == 2 {
			return full
		}
		return nil
	}})
	g.Expect(err).To(MatchError(full))
}
