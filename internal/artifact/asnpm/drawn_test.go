package asnpm_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// drawing makes a directory of a package by chance: of names, patterns and modes that mean something to npm.
type drawing struct {
	*rand.Rand
	dir    string
	single bool     // no two files are one on disk
	made   []string // paths of files
}

func (d drawing) chance(percent int) bool { return d.IntN(100) < percent }

func pick[T any](d drawing, from []T) T { return from[d.IntN(len(from))] }

// folders and names are put together to paths; case, dots, blanks, brackets and marks are in them on purpose.
func (d drawing) folder() string {
	return pick(d, []string{"", "", "", "lib/", "lib/", "src/", "lib/in/", "src/deep/er/", "dist/", "bin/", "@at/", "Lib2/", "dir.js/", ".hidden/", "a b/", "é/"})
}

func (d drawing) name() string {
	return pick(d, []string{"a.js", "b.js", "a.js", "b.txt", "C.JS", "x.orig", "secret.env", ".env", ".eslintrc", "README.md", "readme", "Readme.fr.md",
		"LICENSE", "licence.txt", "copying~", "npm-debug.log", ".DS_Store", "._x", ".a.swp", "package-lock.json", "yarn.lock", "bun.lock", "bun.lockb",
		"pnpm-lock.yaml", "npm-shrinkwrap.json", ".npm-extension.mjs", ".npmrc", ".wafpickle-1", ".lock-wscript", "config.gypi", "[x].js", "with blank.txt",
		"#hash", "!bang", "star*.js", "é.txt", "e\u0301.txt", "{a,b}.js", "o", "b", "1.js", "2.js", "10.js", "cli", "cli.js", "index.js", "x.d.ts",
		"fix.patch", "-dash", "_under", "noext", "a.min.js", "a.js.map", "Z", "z", "dir.js", "lib"})
}

func (d drawing) path() string {
	if d.chance(6) {
		return pick(d, []string{"node_modules/m/index.js", "lib/node_modules/m/index.js", ".git/config", "lib/.git/HEAD", "CVS/x", ".svn/x", "src/.hg/x",
			"archived-packages/x", "lib/archived-packages/x", "build/config.gypi", ".DS_Store/x", "._d/x", "lib/package.json"})
	}
	return d.folder() + d.name()
}

// known is a path of the directory.
func (d drawing) known() string {
	if len(d.made) == 0 {
		return d.path()
	}
	return pick(d, d.made)
}

// pattern is one of an ignore file, or of `files`.
func (d drawing) pattern() string {
	text := pick(d, []func() string{
		d.path, d.name, d.known, d.known, d.known,
		func() string { return filepath.Base(d.known()) },
		func() string { return filepath.Dir(d.known()) },
		func() string { return strings.TrimSuffix(d.folder(), "/") },
		d.folder,
		func() string { return "/" + d.path() },
		func() string { return "./" + d.path() },
		func() string { return "**/" + d.name() },
		func() string { return d.folder() + "*" },
		func() string { return d.folder() + "**" },
		func() string { return strings.ToUpper(d.name()) },
		func() string { return d.path() + "/" },
		func() string { return d.folder() + "../" + d.path() },
		func() string { return `\` + d.name() },
		func() string {
			return d.folder() + pick(d, []string{"*", "*.js", "*.*", ".*", "?", "?.js", "??.js", "[a-c].js", "[!a].js", "[^b]*", "[z-a]*", `[\d]*`, "[[:alpha:]].js",
				"[[:upper:]]*", "[[:digit:]]*.js", "{a,b}.js", "{1..3}.js", "{01..10..3}.js", "*.{js,txt}", "{a,{b,c}}.*", "@(a|b).js", "!(a).js", "*!(.js)",
				"+([a-z]).js", "?(a).js", "*(a|b).*", "a.!(txt)", "{a}.js", "{a", "[a", "**", "**/*.js", "**/in", "[é]*", `\#hash`, `\!bang`, "*.orig",
				"a.js b.js", "[x].js", `\[x\].js`, "!(*.js|*.txt)", "*.@(js|d.ts)", "..", ".", "", "*.js*", "**.js", "a/**/b", "[]x]*", "[a-]*", "[[:graph:]]"})
		},
	})()
	if d.chance(20) {
		text = strings.Repeat("!", 1+d.IntN(2)) + text
	}
	return text
}

// ignoreFile is written in one of the ways that editors have.
func (d drawing) ignoreFile() string {
	var lines []string
	for range d.IntN(6) {
		line := d.pattern()
		switch d.IntN(10) {
		case 0:
			line = "# " + line
		case 1:
			line = "  " + line + " \t"
		case 2:
			line = "\u00a0" + line + "\u2003"
		case 3:
			line = ""
		}
		lines = append(lines, line)
	}
	text := strings.Join(lines, pick(d, []string{"\n", "\n", "\n", "\r\n"})) + pick(d, []string{"\n", ""})
	if d.chance(40) {
		text = "\ufeff" + text
	}
	if d.chance(5) {
		text += "caf\xe9.txt\n" // Latin-1
	}
	return text
}

// packageJSON returns a document with the fields by which files are chosen.
func (d drawing) packageJSON(name string) string {
	document := map[string]any{"name": name, "version": "1.0.0"}
	if d.chance(50) {
		var entries []string
		for range d.IntN(5) {
			entries = append(entries, d.pattern())
		}
		if entries == nil {
			entries = []string{}
		}
		document["files"] = entries
	}
	if d.chance(30) {
		document["main"] = pick(d, []any{d.path(), "./" + d.path(), 7, false})
	}
	if d.chance(15) {
		document["browser"] = pick(d, []any{d.path(), map[string]any{"./a.js": "./b.js"}, []any{"a.js", "b.js"}})
	}
	switch d.IntN(8) {
	case 0:
		document["bin"] = pick(d, []any{d.path(), "./" + d.path(), "/" + d.path()})
	case 1:
		document["bin"] = map[string]any{"one": d.path(), "two": "./" + d.path(), "three": ""}
	case 2:
		document["directories"] = map[string]any{"bin": pick(d, []string{"bin", "./bin/", "lib", "nowhere"})}
	}
	if d.chance(10) {
		document["patchedDependencies"] = map[string]any{"x@1": d.path(), "y@1": "./" + d.name(), "z@1": pick(d, []any{"../x", "/abs", 7, "lib/"})}
	}
	if d.chance(6) {
		document["workspaces"] = pick(d, []any{[]string{"lib"}, []string{"nowhere"}, map[string]any{"packages": []string{"li*"}}})
	}
	raw, _ := json.MarshalIndent(document, "", pick(d, []string{"", "  ", "\t"})) // of plain values
	text := string(raw)
	if d.chance(20) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if d.chance(15) {
		text = "\ufeff" + text
	}
	return text
}

// fill makes the directory. What cannot be put where something else is, is left out.
func (d drawing) fill(name string) {
	_ = os.MkdirAll(d.dir, 0o755)
	put := func(at string, contents string, mode os.FileMode) {
		at = filepath.Join(d.dir, filepath.FromSlash(at))
		if os.MkdirAll(filepath.Dir(at), 0o755) != nil {
			return
		}
		if os.WriteFile(at, []byte(contents), 0o600) == nil {
			_ = os.Chmod(at, mode)
		}
	}
	modes := []os.FileMode{0o644, 0o644, 0o644, 0o755, 0o600, 0o444, 0o777, 0o664, 0o755 | os.ModeSetuid, 0o775 | os.ModeSetgid, 0o644 | os.ModeSticky}
	for i := range 4 + d.IntN(20) {
		at := d.path()
		d.made = append(d.made, at)
		contents := fmt.Sprint("// contents of ", at, i)
		if strings.HasSuffix(at, ".mjs") { // npm 12 runs it
			contents = "export const transformManifest = m => m"
		}
		if strings.HasSuffix(at, "/package.json") {
			contents = d.packageJSON(fmt.Sprint("inner-", i))
		}
		put(at, contents, pick(d, modes))
	}
	put("package.json", d.packageJSON(name), 0o644)
	for _, folder := range []string{"", "", "lib/", "lib/in/", "src/", "dist/"} {
		if d.chance(30) {
			put(folder+pick(d, []string{".npmignore", ".gitignore"}), d.ignoreFile(), 0o644)
		}
	}
	for _, at := range d.made {
		link := filepath.Join(d.dir, filepath.FromSlash(d.path()))
		switch d.IntN(300) {
		case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9:
			_ = os.Symlink(pick(d, []string{filepath.Base(at), "..", "nowhere", "/etc/hostname", "lib"}), link)
		case 10:
			if !d.single {
				_ = os.Link(filepath.Join(d.dir, filepath.FromSlash(at)), link)
			}
		}
	}
	if d.chance(5) { // an ignore file that stands elsewhere
		aside := filepath.Join(filepath.Dir(d.dir), name+".ignore")
		_ = os.WriteFile(aside, []byte(d.ignoreFile()), 0o600)
		_ = os.Symlink(aside, filepath.Join(d.dir, ".npmignore"))
	}
	if d.chance(20) {
		_ = os.MkdirAll(filepath.Join(d.dir, "empty", "folder"), 0o755)
	}
}
