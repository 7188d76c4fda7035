package packlist

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/agent-facets/facets-reconcile/internal/artifact/glob"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// rule leaves out what its pattern takes, or takes it back in.
type rule struct {
	glob.Pattern
	include bool
}

// newRules reads lines as they stand in an ignore file. source, for errors, says whose they are.
func newRules(source string, lines []string) ([]rule, error) {
	var rules []rule
	for _, line := range lines {
		line = trim(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text := strings.TrimLeft(line, "!")
		pattern, err := glob.New(text, glob.Options{IgnoreCase: true, Base: true, Dots: true})
		if err != nil {
			return nil, fmt.Errorf("%w (a line %s)", err, source)
		}
		rules = append(rules, rule{Pattern: pattern, include: (len(line)-len(text))%2 == 1})
	}
	return rules, nil
}

// trim drops what JavaScript takes for white space, a byte order mark among it.
func trim(line string) string {
	return strings.TrimFunc(line, func(r rune) bool { return r == '\ufeff' || unicode.IsSpace(r) && r != '\u0085' })
}

// takes tells whether the rule applies to entry, a path below the rule's folder. As a folder, an entry is also taken by
// patterns with a trailing slash and, for rules that include, by patterns that may take something inside of it. leaf is
// the entry's last part when the rule's folder is not the entry's own, else "".
func (r rule) takes(entry string, asFolder bool, leaf string) bool {
	if r.Match("/"+entry) || r.Match(entry) {
		return true
	}
	if !asFolder {
		return false
	}
	folder := func(path string) bool {
		return r.Match("/"+path+"/") || r.Match(path+"/") ||
			r.include && (r.MatchBelow("/"+path) || r.MatchBelow(path))
	}
	return folder(entry) || leaf != "" && r.Relative() && folder(leaf)
}

// folder is a directory on the way down, with the rules that hold from it on.
type folder struct {
	parent *folder // nil at the package's root
	name   string
	exact  bool   // included for its own sake, so that its own rules may take back in what its parents leave out
	rules  []rule // later ones win
}

// includes tells whether entry, a path below the folder, is published.
func (f *folder) includes(entry string, asFolder bool, leaf string) bool {
	included := true
	if f.parent != nil {
		last := leaf
		if last == "" {
			last = entry
		}
		included = f.parent.includes(f.name+"/"+entry, asFolder, last)
		if !included && !f.exact {
			return false
		}
	}
	for _, r := range f.rules {
		if r.include != included && r.takes(entry, asFolder, leaf) {
			included = r.include
		}
	}
	return included
}

// defaultRules hold in every folder, before all others.
func defaultRules() []string {
	return []string{
		".npmignore", ".gitignore", "**/.git", "**/.svn", "**/.hg", "**/CVS", "**/.git/**", "**/.svn/**", "**/.hg/**",
		"**/CVS/**", "/.lock-wscript", "/.wafpickle-*", "/build/config.gypi", "npm-debug.log", "**/.npmrc", ".*.swp",
		".DS_Store", "**/.DS_Store/**", "._*", "**/._*/**", "*.orig", "/archived-packages/**",
	}
}

// strictRules hold at the root, after all others.
func (w *walk) strictRules() []string {
	rules := []string{
		"/.git", "!/package.json", "!/readme{,.*[^~$]}", "!/copying{,.*[^~$]}", "!/license{,.*[^~$]}", "!/licence{,.*[^~$]}",
		"/.git", "/node_modules", ".npmrc", "/package-lock.json", "/yarn.lock", "/pnpm-lock.yaml", "/bun.lockb",
	}
	if w.client == NPM12 {
		rules = append(rules, "/npm-shrinkwrap.json", "/bun.lock", "/.npm-extension.mjs", "/.npm-extension.cjs")
	}
	for _, field := range []string{"browser", "main"} {
		if value := w.pkg.Document[field]; packagejson.Truthy(value) {
			rules = append(rules, "!/"+asText(value))
		}
	}
	for _, target := range w.bins {
		rules = append(rules, "!/"+target)
	}
	if w.client == NPM12 {
		rules = append(rules, w.patches()...)
	}
	return rules
}

// patches are the patch files of patchedDependencies, which are for this project alone.
func (w *walk) patches() (rules []string) {
	patched, _ := w.pkg.Document["patchedDependencies"].(map[string]any)
	for _, value := range patched {
		file := fromRoot(strings.ReplaceAll(packagejson.Text(value), `\`, "/"))
		if outside := file == ".." || strings.HasPrefix(file, "../") || strings.Contains(file, "/../"); file != "" && file[0] != '/' && !outside {
			rules = append(rules, "/"+file)
		}
	}
	return rules
}

// fromRoot drops what may stand around a path below the package's root.
func fromRoot(path string) string {
	return strings.TrimRight(regexp.MustCompile(`^\.?/`).ReplaceAllString(path, ""), "/")
}

// asText is a value where npm expects a text: objects have no other text than that they are some.
func asText(value any) string {
	switch value := value.(type) {
	case map[string]any:
		return "[object Object]"
	case []any:
		var texts []string
		for _, element := range value {
			if element == nil {
				element = ""
			}
			texts = append(texts, asText(element))
		}
		return strings.Join(texts, ",")
	}
	return fmt.Sprint(value)
}

// kind is what stands at a path that `files` names.
type kind int

const (
	absent kind = iota
	regular
	directory
	other // a link, a socket: never packed
)
