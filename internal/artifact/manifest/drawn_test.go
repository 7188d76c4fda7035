package manifest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// drawn is a random package: its folder, its name, its files by their paths.
type drawn struct {
	folder, name string
	files        map[string]string
}

func (p drawn) write(t *testing.T, root string) {
	t.Helper()
	g := NewWithT(t)
	for name, contents := range p.files {
		at := filepath.Join(root, p.folder, filepath.FromSlash(name))
		g.Expect(os.MkdirAll(filepath.Dir(at), 0o755)).To(Succeed())
		if target, isLink := strings.CutPrefix(contents, "->"); isLink {
			_ = os.Remove(at) // of a run before
			g.Expect(os.Symlink(target, at)).To(Succeed())
			continue
		}
		g.Expect(os.WriteFile(at, []byte(contents), 0o600)).To(Succeed())
	}
}

// dice draws values, each written as JSON so that odd spellings stay.
type dice struct{ *rand.Rand }

func (d dice) one(of ...string) string { return of[d.IntN(len(of))] }

func (d dice) in(n int) bool { return d.IntN(n) == 0 } // once in n

// draw makes the package number i.
func draw(r *rand.Rand, i int) drawn {
	d := dice{r}
	p := drawn{folder: fmt.Sprintf("p%04d", i), name: d.one("", "@s/") + fmt.Sprintf("p%04d", i), files: map[string]string{"index.js": "1"}}
	members := []string{`"name": "` + p.name + `"`, `"version": "` + d.version() + `"`}
	fields := d.fields()
	if d.in(50) { // each costs a run of its own
		fatal := d.fatal()
		for _, key := range slices.Sorted(maps.Keys(fatal)) {
			fields[key] = nil
			members = append(members, fmt.Sprintf("%q: %s", key, fatal[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if fields[key] == nil {
			continue
		}
		if value := fields[key](); value != "" && d.in(3) {
			members = append(members, fmt.Sprintf("%q: %s", key, value))
		}
	}
	d.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	space := d.one("\n  ", "\n\t", "\r\n    ", "")
	p.files["package.json"] = d.one("", "", "", "\ufeff") + "{" + space + strings.Join(members, ","+space) + "}" + d.one("", "\n")
	maps.Copy(p.files, d.files(strings.Contains(p.files["package.json"], `"files": [`)))
	return p
}

func (d dice) version() string {
	if d.in(60) {
		return d.one("v1.0.0", "1.0.0+build.5", " 1.0.0 ")
	}
	return d.one("1.0.0", "0.0.1", "1.2.3-rc.1")
}

// fatal are fields that end npm, but for those that do so before it publishes anything of a workspace, which TestFaults has alone.
func (d dice) fatal() map[string]string {
	all := []map[string]string{
		{"main": `["index.js"]`}, {"main": "5"}, {"main": "{}"}, {"directories": `{"man": 5}`, "man": "null"},
		{"contributors": `[null]`}, {"maintainers": `["A", null]`}, {"readme": "5", "description": `""`},
		{"dependencies": `{"a": 5}`}, {"devDependencies": `["a", null]`}, {"peerDependencies": `{"a": {"x": 1}}`},
		{"packageExtensions": `{"a": {"dependencies": {"b": "1"}}}`}, {"packageExtensions": "null"},
	}
	return all[d.IntN(len(all))]
}

// odd is a value of a type that a field does not have.
func (d dice) odd() string {
	return d.one("null", "0", "5", "true", "false", `""`, `"odd"`, "[]", "{}", `["a", 5, ""]`, `{"a": 1}`, "1.50", "1e3", "-0")
}

// mostly draws an odd value now and then.
func (d dice) mostly(of ...string) func() string {
	return func() string {
		if d.in(8) {
			return d.odd()
		}
		return d.one(of...)
	}
}

// sane draws no type that ends npm.
func (d dice) sane(of ...string) func() string {
	return func() string {
		if d.in(8) {
			return d.one("null", "0", "false", `""`)
		}
		return d.one(of...)
	}
}

// texts draws odd values with nothing but texts in them, as others end npm.
func (d dice) texts(of ...string) func() string {
	return func() string {
		if d.in(8) {
			return d.one("null", "0", "5", "true", "false", `""`, `"odd"`, "[]", "{}", `["a", ""]`)
		}
		return d.one(of...)
	}
}

func (d dice) fields() map[string]func() string {
	fields := map[string]func() string{
		"description": d.mostly(`"Plain."`, `"ünï <b>&amp;</b> \u2028 ☃ \ud83d\ude00"`, `"  spaces  "`),
		"readme":      d.sane(`"# Its own\n\nText of it."`, `"\ufeff\n"`),
		"keywords":    d.mostly(`["a", "b"]`, `"a, b,c,  d"`, `"a"`, `["a", "", 5, null, "b"]`, `""`),
		"files":       d.mostly(`["lib", "*.js", "man", "bin"]`, `["lib/"]`, `["index.js", "README.md"]`),
		"main":        d.sane(`"index.js"`, `"./lib/index.js"`, `"lib"`, `"lib/index"`, `"/lib/index.js"`, `"lib/.hidden"`, `"lib/a.b.js"`),
		"types":       d.rarely(`"lib/index.d.ts"`, `""`),
		"typings":     d.rarely(`"lib/index.d.ts"`),
		"bin": d.sane(`"cli.js"`, `"./lib/index.js"`, `{"x": "./cli.js", "y/z": "lib/../cli.js"}`, `["cli.js", "lib/index.js"]`,
			`{"x": 5, "": "cli.js", "n": ""}`, `{"@s/n": "..\\cli.js", "c": "c:cli.js"}`, `{"../x": "../../cli.js"}`, `{".": "cli.js"}`,
			`"."`, `"/cli.js"`),
		"directories":          d.sane(`{"bin": "bin"}`, `{"man": "man"}`, `{"bin": "./bin/", "man": "./man"}`, `{"lib": "lib"}`),
		"man":                  d.mostly(`"./man/a.1"`, `["man/a.1", "../man/b.2", 5]`, `[]`, `["", "./"]`),
		"repository":           d.repository,
		"repositories":         d.rarely(`["o/r"]`, `[{"type": "git", "url": "https://github.com/o/r"}]`, `"text"`, `[]`, `{}`),
		"bugs":                 d.mostly(`"https://b.example/x"`, `"a@b.example"`, `"text"`, `{"url": "https://b.example", "email": "a@b.example", "x": 1}`, `{"web": "http://w.example"}`, `{"email": "no"}`, `{"url": "no"}`, `{"name": "n"}`, `"mailto:a@b"`, `{"url": ["https://l.example"]}`),
		"homepage":             d.mostly(`"https://h.example"`, `"h.example/x"`, `"http://1.2.3.999"`, `"http:x"`, `"a b"`, `"//x"`, `"http://a b"`, `"HTTP://X%zz"`, `"http://[::1]:80/"`, `"http://h.example:99999"`),
		"author":               d.mostly(d.person(), d.person()),
		"contributors":         d.mostly("["+d.person()+", "+d.person()+"]", d.person()),
		"maintainers":          d.mostly("["+d.person()+"]", d.person()),
		"scripts":              d.mostly(`{"test": "./node_modules/.bin/jest", "x": 5, "y": "node_modules\\.bin\\a b"}`, `{}`, `{"start": "x"}`, `{"preinstall": "x"}`, `{"install": ""}`, `["a", 5]`),
		"gypfile":              d.rarely("true", "false"),
		"dependencies":         d.texts(d.dependencies(), d.dependencies(), `"a@1 b  c@^2, d>=3"`, `["a@1", "@s/b@2", "c >= 3", "e"]`),
		"devDependencies":      d.texts(d.dependencies(), `"a@1"`),
		"optionalDependencies": d.texts(`{"o": "1.0.0"}`, `{}`, `{"o": "o/r", "p": "github:o/r"}`),
		"peerDependencies":     d.texts(d.dependencies()),
		"bundleDependencies":   d.rarely("true", "false", `[]`, `["none"]`, `{"none": "1"}`, `["none", "", 5]`),
		"bundledDependencies":  d.rarely("true", "false", `[]`, `["none"]`),
		"overrides":            d.mostly(`{"a": "1"}`, `{}`),
		"patchedDependencies":  d.rarely(`{"a@1.0.0": "patches/a.patch"}`),
		"exports":              d.mostly(`{".": {"import": "./index.js", "require": [{"default": "./lib/index.js"}]}}`, `"./index.js"`),
		"gitHead":              d.rarely(`"0123456789abcdef0123456789abcdef01234567"`, `""`, "5"),
		"license":              d.mostly(`"MIT"`, `{"type": "MIT"}`),
		"numbers":              d.mostly("[1.0, 1e21, 1e-7, 123456789012345678901234567890, 1e400, -0.0, 0.1]"),
		"_private":             d.mostly("1"), "_id": d.mostly(`"x"`), "private": func() string { return d.one("false", "null") },
	}
	for key, value := range map[string]string{ // their order draws nothing yet
		"os": `["linux", "!win32"]`, "cpu": `"x64"`, "engines": `{"node": ">=1"}`, "modules": `{"a": 1}`, "funding": `"https://f.example"`,
		"depends": `{"a": "1"}`, "type": `"module"`, "sideEffects": `[]`, "constructor": `1`, "ключ": `"значение"`,
	} {
		fields[key] = d.mostly(value)
	}
	return fields
}

// rarely leaves the field out more often.
func (d dice) rarely(of ...string) func() string {
	return func() string {
		if d.in(4) {
			return d.one(append(of, d.odd())...)
		}
		return ""
	}
}

func (d dice) person() string {
	return d.one(`"A B <a@b.example> (https://b.example)"`, `"  A  < a@b > ( u ) "`, `"<a@b>"`, `"(u) A"`, `"A (u"`, `""`, `" "`, "5", "true", `[]`,
		`{"name": "A", "email": "a@b.example", "url": "https://b.example", "x": 1}`, `{"name": "A", "mail": "m@b", "web": "w"}`,
		`{"name": "A <x@y> (z)", "email": ["a", null, {}]}`, `{"name": 5}`, `{"url": "u"}`, `{"name": "A", "email": "", "mail": "m", "twitter": "t"}`,
		`"\ufeffÀ\u00a0<é@b>"`, `"A\nB <a>"`)
}

func (d dice) url() string {
	owner, name := d.one("o", "O-w", "o.r", "g/sub", "~o", "%20o", "o@x", "é", ""), d.one("r", "r.git", "R.js", "r%2fx", "r%zz", "r", "")
	scheme := d.one("https://", "http://", "git://", "git+https://", "git+ssh://git@", "ssh://git@", "git+http://", "git@", "", "git:", "HTTPS://", "https:", "ftp://")
	domain := d.one("github.com", "gitlab.com", "bitbucket.org", "gist.github.com", "git.sr.ht", "GitHub.com", "www.github.com", "h.example", "user:pw@github.com", "tok@gitlab.com", "github.com:443")
	separator := d.one("/", "/", "/", ":", "//")
	tail := d.one("", "", "", "/", "#main", "#semver:^1", "#a/b@c:d", "#", "/tree/main", "/tree/feat/x", "/tree/", "/tree", "/blob/main/x", "/-/tree/main", "/src/main", "/raw", "/archive/x", "?q=1", " ", "/tree/a%20b", "#%zz", "/./x/..")
	return scheme + domain + separator + owner + "/" + name + tail
}

func (d dice) short() string {
	return d.one("github:", "gitlab:", "bitbucket:", "gist:", "sourcehut:", "", "", "gist:user/", "npm:") + d.one("o/r", "o/r.git", "r", "o/r#v1", "g/s/p", "1a2b", "/o/r", "@s/p", "o/r/", "u@o/r", "o/r#a/b", "#x/y", "./o/r", "o r/x", "a:b/c")
}

func (d dice) git() string {
	if d.in(3) {
		return d.short()
	}
	return d.url()
}

func quoted(s string) string {
	text, _ := json.Marshal(s) // a string always has a spelling
	return string(text)
}

func (d dice) repository() string {
	switch d.IntN(6) {
	case 0:
		return d.odd()
	case 1, 2:
		return quoted(d.git())
	case 3:
		return `{"url": ` + quoted(d.git()) + `}`
	case 4:
		return `{"type": "git", "url": ` + d.odd() + `}`
	}
	return `{"type": "git", "url": ` + quoted(d.git()) + `, "directory": "packages/p"}`
}

func (d dice) dependencies() string {
	members := []string{`"a": "^1.0.0"`}
	for i := range d.IntN(4) {
		value := quoted(d.one(d.git(), "npm:x@1", "*", "", "1 || 2", "latest", "file:../x", "workspace:*", "https://h.example/x.tgz"))
		members = append(members, fmt.Sprintf(`"d%d": %s`, i, value))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// files draws those that a manifest tells about.
func (d dice) files(haveList bool) map[string]string {
	files := map[string]string{"cli.js": "#!/usr/bin/env node\n", "lib/index.js": "2"}
	for _, name := range []string{
		"README.md", "README", "README.fr.md", "readme.md", "Readme.markdown", "README.txt", "README.", "readme", "README.md~", "README.mkd",
	} {
		if d.in(8) {
			files[name] = d.one("", "# "+name+"\n\nText of\r\n"+name+".\n\nMore.", "\ufeff# B\n"+name+" first\n", "\ufeff"+name, "\n\n  \n",
				"#\n##\n", "a\u0085b\u00a0\n", "x\n# y\n", "bad \xff utf-8\n")
		}
	}
	told := map[string]string{
		"AUTHORS": "# people\r\nA <a@b>\n\n  B (u) \n", "server.js": "3", "lib/index.d.ts": "", "index.d.ts": "", "lib.d.ts": "", "lib/a.b.d.ts": "",
		"man/a.1": "", "man/in/b.2": "", "man/c.txt": "", "bin/one.js": "", "bin/two": "", "bin/.no": "",
	}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		if d.in(4) {
			files[name] = told[name]
		}
	}
	if !haveList && d.in(6) { // npm tells of it whether it is packed or not
		files["binding.gyp"] = "{}"
	}
	return files
}
