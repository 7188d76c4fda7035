package asnpm_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/format"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

// trickyDirectories are packages whose file lists have surprised somebody. Keys are paths, values contents; "->x" makes a
// symbolic link, "+x" an executable file, and a path that ends in a slash a folder.
func trickyDirectories() map[string]map[string]string {
	return map[string]map[string]string{
		"commands of one name in a folder": { // the deeper is kept, and only that is packed
			"package.json": `{"name": "bin-folder", "version": "1.0.0", "directories": {"bin": "lib"}, "files": ["x"]}`,
			"lib/run":      "a", "lib/in/run": "b",
		},
		"names in another form of Unicode": { // are found right behind a ** only
			"package.json": "{\"name\": \"forms\", \"version\": \"1.0.0\", \"files\": [\"e\u0301.txt\", \"*/e\u0301.txt\", \"**/e\u0301.md\"]}",
			"\u00e9.txt":   "a", "sub/\u00e9.txt": "b", "\u00e9.md": "c",
		},
		"plain": {
			"package.json": `{"name": "plain", "version": "1.0.0"}`,
			"README.md":    "# plain\n\nFirst line\nsecond line.\n\nMore.\n", "LICENSE": "x", "index.js": "1",
			"b.css": "", "a.css": "", "lib/a.js": "2",
			"Lib2/a.js": "", "_x.js": "", "-x.js": "", "B.js": "", "c.test.js": "", "zeta/index.js": "",
			"alpha/index.js": "", "empty/": "",
		},
		"never in": {
			"package.json": `{"name": "never-in", "version": "1.0.0"}`, "index.js": "", "sub/.npmrc": "token",
			".npmrc":            "token",
			"package-lock.json": "{}", "sub/package-lock.json": "{}", "yarn.lock": "", "pnpm-lock.yaml": "",
			"bun.lockb": "", "bun.lock": "",
			"node_modules/a/index.js": "", "sub/node_modules/b/index.js": "", ".git/config": "", "sub/.git/config": "",
			"CVS/x": "", ".svn/x": "",
			"sub/.hg/x": "", ".DS_Store": "", "sub/.DS_Store": "", "a.orig": "", "._a": "", "sub/._b": "",
			".a.swp": "", "npm-debug.log": "",
			"sub/npm-debug.log": "", ".lock-wscript": "", ".wafpickle-1": "", "build/config.gypi": "",
			"archived-packages/x": "",
			".env":                "kept", ".github/x.yml": "", "sub/archived-packages/x": "", "star*name.js": "", ".eslintrc": "",
		},
		"files": {
			"package.json": `{"name": "files", "version": "1.0.0", "main": "main.js", "browser": "browser.js",
				"bin": {"run": "./tools/run.js", "Other": "tools/other.js"}, "author": "A B <a@b.example> (https://b.example)", "keywords": "a, b",
				"files": ["dist", "src/*.js", "one/only.txt", "./two/*", "deep/**/keep.*", "!dist/secret.js", "package-lock.json", ".npmrc"]}`,
			"main.js": "", "browser.js": "", "tools/run.js": "+x", "tools/other.js": "+x", "tools/not.js": "",
			"dist/a.js": "", "dist/secret.js": "",
			"dist/in/b.js": "", "dist/.npmignore": "in\n", "src/a.js": "", "src/a.ts": "", "src/in/a.js": "",
			"one/only.txt": "", "one/not.txt": "",
			"two/a": "", "two/in/b": "", "deep/x/y/keep.me": "", "deep/x/y/drop.me": "", "deep/keep.it": "",
			".npmignore": "dist\n",
			"README":     "Just text", "COPYING": "", "LICENCE.txt": "", "readme.md~": "", "changelog.md": "",
			"dist/README.md": "", "package-lock.json": "{}",
			".npmrc": "x", "copying.old": "",
		},
		"main with a dot": {
			"package.json": `{"name": "dotted", "version": "1.0.0", "main": "./lib/index.js", "files": ["other", "lib/index.*"]}`,
			"lib/index.js": "", "lib/index.d.ts": "", "other/x": "",
		},
		"npmignore": {
			"package.json": `{"name": "npmignore", "version": "1.0.0", "repository": "someone/something"}`,
			".npmignore":   "# comment\n*.log\n!keep.log\n/root-only\nfolder/\nsub/*.tmp\n**/deep/*.x\n\n  spaced.txt  \n{a,b}.brace\n[!x]y.class\nUPPER\n",
			".gitignore":   "index.js\n", "index.js": "", "a.log": "", "keep.log": "", "sub/a.log": "",
			"sub/keep.log": "", "root-only": "", "sub/root-only": "",
			"folder/x": "", "sub/folder/x": "", "sub/a.tmp": "", "sub/in/a.tmp": "", "q/deep/a.x": "", "deep/b.x": "",
			"spaced.txt": "", "a.brace": "",
			"c.brace": "", "xy.class": "", "zy.class": "", "upper/file": "", "README.md": "",
			"sub/.gitignore": "in\n!a.log\n", "?.txt": "", "sub/folder2/folder": "",
		},
		"gitignore": {
			"package.json": `{"name": "gitignore", "version": "1.0.0"}`,
			".gitignore":   "*.js\n!lib\n!lib/keep.js\ndist/\n/README.md\n",
			"index.js":     "", "lib/keep.js": "", "lib/drop.js": "", "dist/x": "", "README.md": "still in",
			"sub/.npmignore": "!back.js\n*.md\n", "sub/.gitignore": "x\n",
			"sub/back.js": "", "sub/a.md": "", "sub/x": "",
		},
		"links and modes": {
			"package.json": `{"name": "@scope/links", "version": "1.0.0", "bin": "cli.js", "repository": {"type": "git", "url": "https://github.com/o/r"}}`,
			"cli.js":       "", "x.sh": "+x", "linked.js": "->cli.js", "folder": "->lib", "lib/a.js": "",
			"outside": "->/etc", "dangling": "->nowhere",
			"@at/file.js": "", "with space.txt": "", "ünï/cödé.txt": "",
			strings.Repeat("long/", 30) + "name.txt": "far down", strings.Repeat("n", 120) + ".txt": "",
		},
		"empty files": {
			"package.json": `{"name": "empty-files", "version": "1.0.0", "files": [], "main": "index.js", "scripts": {"test": "x", "prepare": ""},
				"bundledDependencies": [], "contributors": ["C <c@c.example>"], "bugs": "https://b.example", "_private": 1}`,
			"index.js": "", "other.js": "", "readme": "not shown", "README.md": "# Only\n# headings\n", "license": "",
			"sub/license": "",
		},
		"files that overlap": {
			"package.json": `{"name": "overlap", "version": "1.0.0", "files": ["lib/", "!lib/**/*.map", "*.d.ts", "/bin/*", "gone", "**/*.txt", "server.js", "x.gyp"]}`,
			"lib/a.js":     "", "lib/a.js.map": "", "lib/in/b.map": "", "x.d.ts": "", "in/x.d.ts": "", "bin/a": "",
			"bin/in/b": "", "sub/bin/c": "", "q/w/e.txt": "",
			"lib/.gitignore": "a.js\n", "lib/node_modules/x/i.js": "", "x.gyp": "",
		},
		"everything by star": {
			"package.json": `{"name": "star", "version": "1.0.0", "files": ["*"]}`, "a": "", ".hidden": "",
			"sub/a": "", "sub/.npmignore": "a\n", "sub/b": "",
		},
		"everything by dot": {
			"package.json": `{"name": "dot", "version": "1.0.0", "files": ["."]}`, "a": "", ".hidden": "", "sub/a": "",
		},
	}
}

// TestAsNpmPublishes publishes the directories with the real npm client to a registry on loopback, as members of a workspace, so that one
// process does all, and expects of Pack the same manifests. internal/artifact/manifest tests that a workspace changes nothing.
func TestAsNpmPublishes(t *testing.T) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not on PATH: nothing to compare with")
	}
	g := NewWithT(t)
	format.TruncatedDiff = false
	registry := newPublishRecorder(t)
	root, home := t.TempDir(), t.TempDir()
	folders := map[string]string{}
	var members []string
	for name, files := range trickyDirectories() {
		member := fmt.Sprintf("m%d", len(members))
		folders[name], members = filepath.Join(root, member), append(members, member)
		g.Expect(os.Rename(packagetest.Directory(t, files), folders[name])).To(Succeed())
	}
	workspace, err := json.Marshal(map[string]any{"name": "root", "version": "1.0.0", "private": true, "workspaces": members})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(root, "package.json"), workspace, 0o600)).To(Succeed())
	publish := exec.CommandContext(t.Context(), npm, "publish", "--workspaces", "--ignore-scripts", "--registry", registry.URL,
		"--"+strings.TrimPrefix(registry.URL, "http:")+"/:_authToken=x",
		"--cache", filepath.Join(home, "cache"), "--no-update-notifier", "--loglevel=warn")
	publish.Dir = root
	publish.Env = append(os.Environ(), "HOME="+home, "NPM_ID_TOKEN=", "CIRCLECI=",
		"npm_config_userconfig="+filepath.Join(home, "npmrc"))
	output, err := publish.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(output))

	for name, dir := range folders {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a, err := artifact.Open(t.Context(), dir)
			g.Expect(err).NotTo(HaveOccurred())
			tarball, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir()}) // TestKnownDirectoriesAsNpmPacks compares its files
			g.Expect(err).NotTo(HaveOccurred())
			defer func() { g.Expect(tarball.Close()).To(Succeed()) }()

			sent := registry.sent(a.Name().String())
			g.Expect(sent).NotTo(BeEmpty(), string(output))
			for _, added := range []string{"_id", "_nodeVersion", "_npmVersion", "dist", "gitHead"} {
				delete(sent, added)
			}
			want, err := json.MarshalIndent(sent, "", " ")
			g.Expect(err).NotTo(HaveOccurred())
			got, err := json.MarshalIndent(tarball.Manifest, "", " ")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(got)).To(Equal(string(want)))
		})
	}
}

// publishRecorder is a registry that takes what it is sent and shows it to the test.
type publishRecorder struct {
	*httptest.Server
	mu        sync.Mutex
	manifests map[string]map[string]any // by the package's name
}

func newPublishRecorder(t *testing.T) *publishRecorder {
	t.Helper()
	r := &publishRecorder{manifests: map[string]map[string]any{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.Method != http.MethodPut {
			http.Error(w, `{"error": "Not found"}`, http.StatusNotFound)
			return
		}
		var body struct {
			Name     string                    `json:"name"`
			Versions map[string]map[string]any `json:"versions"`
		}
		if err := json.NewDecoder(request.Body).Decode(&body); err != nil || len(body.Versions) != 1 {
			t.Errorf("%d versions were sent in one request: %v", len(body.Versions), err)
		}
		r.mu.Lock()
		for _, manifest := range body.Versions {
			r.manifests[body.Name] = manifest
		}
		r.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "{}") // the client notices a failure
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *publishRecorder) sent(name string) map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.manifests[name]
}
