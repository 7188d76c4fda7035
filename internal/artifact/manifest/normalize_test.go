package manifest_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/manifest"
)

// document reads a JSON object as packagejson does.
func document(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	NewWithT(t).Expect(decoder.Decode(&m)).To(Succeed(), text)
	return m
}

// normalized are the fields that the manifest has besides name, version and the readme of a package that has none.
func normalized(t *testing.T, text string, facts manifest.Facts) string {
	t.Helper()
	g := NewWithT(t)
	before := document(t, text)
	kept := document(t, text)
	m := manifest.Normalize(before, facts)
	g.Expect(before).To(Equal(kept), "the document was changed")
	maps.DeleteFunc(m, func(key string, value any) bool {
		return key == "name" || key == "version" || value == "ERROR: No README data found!"
	})
	result, err := json.Marshal(m)
	g.Expect(err).NotTo(HaveOccurred())
	return string(result)
}

type pair struct{ document, manifest string }

func each(t *testing.T, facts manifest.Facts, pairs []pair) {
	t.Helper()
	for _, p := range pairs {
		t.Run(p.document, func(t *testing.T) {
			NewWithT(t).Expect(normalized(t, p.document, facts)).To(MatchJSON(p.manifest))
		})
	}
}

func TestRepositories(t *testing.T) {
	written := func(url, home, bugs string) string {
		m := map[string]any{"repository": map[string]any{"type": "git", "url": url}}
		if home != "" {
			m["homepage"] = home
		}
		if bugs != "" {
			m["bugs"] = map[string]any{"url": bugs}
		}
		text, _ := json.Marshal(m) // of texts alone
		return string(text)
	}
	const hub, lab, bucket = "https://github.com/o/r", "https://gitlab.com/g/s/p", "https://bitbucket.org/o/r"
	for url, want := range map[string]string{
		"o/r":                                    written("git+"+hub+".git", hub+"#readme", hub+"/issues"),
		"github:o/r#v1":                          written("git+"+hub+".git#v1", hub+"/tree/v1#readme", hub+"/issues"),
		hub:                                      written("git+"+hub+".git", hub+"#readme", hub+"/issues"),
		"https://GitHub.com/o/r":                 written("git+"+hub+".git", hub+"#readme", hub+"/issues"),
		"git+https://GitHub.com/o/r":             written("git+https://GitHub.com/o/r", "", ""),
		"https://www.github.com/o/r.git":         written("git+"+hub+".git", hub+"#readme", hub+"/issues"),
		hub + "/tree/main":                       written("git+"+hub+".git#main", hub+"/tree/main#readme", hub+"/issues"),
		hub + "/tree/main/packages/p":            written("git+"+hub+".git#main", hub+"/tree/main#readme", hub+"/issues"),
		hub + "/blob/main/x":                     written(hub+"/blob/main/x", "", ""),
		"https://u:p@github.com/o/r":             written("git+https://u:p@github.com/o/r.git", hub+"#readme", hub+"/issues"),
		"http://github.com/o/r":                  written("git+ssh://git@github.com/o/r.git", hub+"#readme", hub+"/issues"),
		"git://github.com/o/r":                   written("git://github.com/o/r.git", hub+"#readme", hub+"/issues"),
		"git@github.com:o/r.git":                 written("git+ssh://git@github.com/o/r.git", hub+"#readme", hub+"/issues"),
		"https://github.com/o/r%zz":              written("https://github.com/o/r%zz", "", ""),
		"gitlab:g/s/p":                           written("git+"+lab+".git", lab+"#readme", lab+"/issues"),
		lab + ".git":                             written("git+"+lab+".git", lab+"#readme", lab+"/issues"),
		lab + "/-/tree/main":                     written(lab+"/-/tree/main", "", ""),
		"bitbucket:o/r":                          written("git+"+bucket+".git", bucket+"#readme", bucket+"/issues"),
		bucket + "#a/b":                          written("git+"+bucket+".git#a/b", bucket+"/src/a%2Fb#readme", bucket+"/issues"),
		"gist:1a2b":                              written("git+https://gist.github.com/1a2b.git", "https://gist.github.com/1a2b", "https://gist.github.com/1a2b"),
		"https://gist.github.com/u/1a2b#c":       written("git+https://gist.github.com/1a2b.git#c", "https://gist.github.com/1a2b/c", "https://gist.github.com/1a2b"),
		"sourcehut:~o/r":                         written("https://git.sr.ht/~o/r", "https://git.sr.ht/~o/r#readme", ""),
		"https://git.sr.ht/~o/r/":                written("https://git.sr.ht/~o/r", "https://git.sr.ht/~o/r#readme", ""),
		"https://h.example/o/r":                  written("https://h.example/o/r", "", ""),
		"svn+ssh://h.example/o/r with no sense#": written("svn+ssh://h.example/o/r with no sense#", "", ""),
	} {
		t.Run(url, func(t *testing.T) {
			text, _ := json.Marshal(map[string]any{"repository": url}) // of a text alone
			NewWithT(t).Expect(normalized(t, string(text), manifest.Facts{})).To(MatchJSON(want))
		})
	}
	each(t, manifest.Facts{}, []pair{
		{`{"repository": {"url": "x", "directory": "p"}, "bugs": "a@b.example", "homepage": "h.example"}`,
			`{"repository": {"url": "x", "directory": "p"}, "bugs": {"email": "a@b.example"}, "homepage": "http://h.example"}`},
		{`{"repository": 5, "bugs": {"web": "http://w.example", "email": 5}, "homepage": 5}`,
			`{"repository": 5, "bugs": {"url": "http://w.example"}}`},
		{`{"repositories": [{"url": "x"}], "bugs": "text"}`, `{"repositories": [{"url": "x"}], "repository": {"url": "x"}}`},
		{`{"homepage": "http://1.2.3.999"}`, `{"homepage": "http://http://1.2.3.999"}`},
		{`{"homepage": "http://[::1]:80/", "bugs": "mailto:x"}`, `{"homepage": "http://[::1]:80/", "bugs": {"url": "mailto:x"}}`},
	})
}

func TestPeople(t *testing.T) {
	each(t, manifest.Facts{Authors: "# us\r\nA <a@b>\n\n  B\n"}, []pair{
		{`{"author": "A B < a@b > (u)"}`, `{"author": {"name": "A B", "email": " a@b ", "url": "u"}, "contributors": [{"name": "A", "email": "a@b"}, {"name": "B"}]}`},
		{`{"author": {"name": "A", "mail": "m", "web": "w", "x": 1}, "contributors": ["(u) A"]}`,
			`{"author": {"name": "A", "email": "m", "url": "w"}, "contributors": [{"url": "u"}]}`},
		{`{"author": 5, "contributors": "A", "maintainers": ["\ufeffA", {"name": 5}]}`,
			`{"author": {}, "contributors": "A", "maintainers": [{"name": "A"}, {"name": "5"}]}`},
	})
}

func TestBundles(t *testing.T) {
	each(t, manifest.Facts{Packed: true}, []pair{
		{`{"bundledDependencies": ["a", 5, ""]}`, `{"bundleDependencies": ["a"], "dependencies": {"a": "*"}}`},
		{`{"bundleDependencies": true, "dependencies": {"b": "1", "a": "2"}}`, `{"bundleDependencies": ["a", "b"], "dependencies": {"a": "2", "b": "1"}}`},
		{`{"bundleDependencies": false}`, `{}`},
		{`{"bundleDependencies": {"a": 1}, "bundledDependencies": ["b"], "dependencies": {"a": "1"}}`, `{"bundleDependencies": ["a"], "dependencies": {"a": "1"}}`},
	})
	each(t, manifest.Facts{}, []pair{
		{`{"bundleDependencies": false}`, `{"bundleDependencies": []}`},
		{`{"bundledDependencies": false}`, `{}`},
	})
}

func TestScripts(t *testing.T) {
	each(t, manifest.Facts{Files: []string{"server.js", "lib/x.gyp"}}, []pair{
		{`{"scripts": {"a": "./node_modules/.bin/x y", "b": 5}}`, `{"scripts": {"a": "x y"}}`},
		{`{"scripts": "x"}`, `{}`}, {`{"scripts": null}`, `{"scripts": null}`}, {`{"scripts": ["a", 5]}`, `{"scripts": ["a", null]}`},
	})
	each(t, manifest.Facts{Files: []string{"x.gyp"}}, []pair{
		{`{}`, `{"gypfile": true, "scripts": {"install": "node-gyp rebuild"}}`},
		{`{"scripts": {"install": 5}}`, `{"gypfile": true, "scripts": {"install": "node-gyp rebuild"}}`},
		{`{"scripts": {"preinstall": "x"}}`, `{"scripts": {"preinstall": "x"}}`}, {`{"gypfile": false}`, `{"gypfile": false}`},
	})
}

func TestDependencies(t *testing.T) {
	each(t, manifest.Facts{Packed: true}, []pair{
		{`{"dependencies": {"a": 5, "b": "o/r", "c": "git@github.com:o/r.git#v1", "d": "^1.0.0", "e": "file:../e"}}`,
			`{"dependencies": {"b": "github:o/r", "c": "git+ssh://git@github.com/o/r.git#v1", "d": "^1.0.0", "e": "file:../e"}}`},
		{`{"devDependencies": "a@1, b", "dependencies": ["c >= 3", "@s/p@1"]}`, `{"devDependencies": {"a": "1", "b": ""}, "dependencies": {"c": ">= 3", "": "s/p@1"}}`},
		{`{"dependencies": null, "devDependencies": 5, "optionalDependencies": {"o": "o/r"}, "overrides": {}}`, `{"optionalDependencies": {"o": "o/r"}}`},
		{`{"overrides": {"a": "1"}, "patchedDependencies": {"a@1": "p"}}`, `{"overrides": {"a": "1"}}`},
	})
}

func TestListsAndTexts(t *testing.T) {
	each(t, manifest.Facts{}, []pair{
		{`{"keywords": "a, b,c", "files": ["x", "", 5], "modules": {}, "_x": 1}`, `{"keywords": ["a", "b,c"], "files": ["x"]}`},
		{`{"keywords": null, "files": null, "description": null}`, `{"keywords": null, "files": null, "description": null}`},
		{`{"keywords": 5, "files": "x", "description": 5}`, `{}`},
		{`{"n": [1.50, 1e21, -0, 1e400, 123456789012345678901]}`, `{"n": [1.5, 1e+21, 0, null, 123456789012345680000]}`},
	})
}

func TestReadmes(t *testing.T) {
	g := NewWithT(t)
	order := []string{"readme.md", "README.md", "README.fr.md", "README.", "README"} // as npm prefers them
	for i, name := range order {
		g.Expect(manifest.IsReadme(name)).To(BeTrue(), name)
		for _, other := range order[i+1:] {
			g.Expect(manifest.PrefersReadme(name, other)).To(BeTrue(), "%s before %s", name, other)
			g.Expect(manifest.PrefersReadme(other, name)).To(BeFalse(), "%s before %s", name, other)
		}
	}
	for _, name := range []string{"readme", "README.txt", "README.md~", "README2.md"} {
		g.Expect(manifest.IsReadme(name)).To(BeFalse(), name)
	}
	each(t, manifest.Facts{Readme: manifest.File{Name: "README.md", Text: "\ufeff# H\n\nFirst\nline.\n\nMore."}}, []pair{
		{`{}`, `{"readme": "\ufeff# H\n\nFirst\nline.\n\nMore.", "readmeFilename": "README.md", "description": "First line."}`},
		{`{"readme": "\ufeffOwn"}`, `{"readme": "\ufeffOwn", "description": "Own"}`},
	})
}

func TestFilesThatFieldsName(t *testing.T) {
	files := []string{"lib/a.d.ts", "index.d.ts", "man/b.2", "man/a.1", "man/.c.1", "bin/x", "bin/in/y", "bin/.z"}
	each(t, manifest.Facts{Files: files, Packed: true, GitHead: "abc"}, []pair{
		{`{"main": "./lib/a.js"}`, `{"main": "./lib/a.js", "types": "./lib/a.d.ts", "gitHead": "abc"}`},
		{`{"main": "", "gitHead": "own"}`, `{"main": "", "types": "./index.d.ts", "gitHead": "own"}`},
		{`{"typings": "x", "man": ["./man/a.1", "../x", 5]}`, `{"typings": "x", "man": ["man/a.1", "x"], "gitHead": "abc"}`},
		{`{"types": null, "man": 5, "directories": {"man": "man", "bin": "./bin"}}`,
			`{"types": null, "directories": {"man": "man", "bin": "./bin"}, "bin": {"x": "bin/x", "in": "bin/in", "y": "bin/in/y"}, "gitHead": "abc"}`},
		{`{"types": 0, "directories": {"man": "man"}}`, `{"types": 0, "directories": {"man": "man"}, "man": ["man/a.1", "man/b.2"], "gitHead": "abc"}`},
	})
	each(t, manifest.Facts{Bin: map[string]string{"p": "cli.js"}}, []pair{{`{"bin": "./cli.js"}`, `{"bin": {"p": "cli.js"}}`}})
}

func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		`{"main": ["index.js"]}`:                     "its main is not a text",
		`{"directories": {"man": 5}}`:                "its directories.man is not a text",
		`{"directories": {"bin": []}}`:               "its directories.bin is not a text",
		`{"readme": 5}`:                              "its readme is not a text",
		`{"bin": ["a", 5]}`:                          "its bin lists something that is no path",
		`{"contributors": ["A", null]}`:              "its contributors have a null among them",
		`{"devDependencies": {"a": "1", "b": null}}`: "its devDependencies have something that is no version",
		`{"packageExtensions": null}`:                "it has packageExtensions, which must not be published: they count at the root of a project only",
		`{"main": 0, "directories": 5, "bin": {"a": 5}, "contributors": [], "dependencies": "a", "readme": 5, "description": "x"}`: "",
	} {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			var messages []string
			for _, fault := range manifest.Faults(document(t, text), false) {
				g.Expect(fault.Next).NotTo(BeEmpty())
				messages = append(messages, fault.Message)
			}
			g.Expect(strings.Join(messages, "\n")).To(Equal(want))
		})
	}
}
