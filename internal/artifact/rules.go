package artifact

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// rule leaves out what its pattern takes, or takes it back in.
type rule struct {
	glob
	include bool
}

// newRules reads lines as they stand in an ignore file.
func newRules(lines ...string) ([]rule, error) {
	var rules []rule
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pattern := strings.TrimLeft(line, "!")
		g, err := newGlob(pattern)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule{glob: g, include: (len(line)-len(pattern))%2 == 1})
	}
	return rules, nil
}

// takes tells whether the rule applies to entry, a path below the rule's folder. As a folder, an entry is also taken by
// patterns with a trailing slash and, for rules that include, by patterns that may take something inside of it. leaf is
// the entry's last part when the rule's folder is not the entry's own, else "".
func (r rule) takes(entry string, asFolder bool, leaf string) bool {
	if r.match("/"+entry, false) || r.match(entry, false) {
		return true
	}
	if !asFolder {
		return false
	}
	folder := func(path string) bool {
		return r.match("/"+path+"/", false) || r.match(path+"/", false) ||
			r.include && (r.match("/"+path, true) || r.match(path, true))
	}
	return folder(entry) || leaf != "" && r.relative() && folder(leaf)
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
func strictRules(p *packagejson.Package) []string {
	rules := []string{
		"/.git", "!/package.json", "!/readme{,.*[^~$]}", "!/copying{,.*[^~$]}", "!/license{,.*[^~$]}", "!/licence{,.*[^~$]}",
		"/.git", "/node_modules", ".npmrc", "/package-lock.json", "/yarn.lock", "/pnpm-lock.yaml", "/bun.lockb",
	}
	for _, entry := range []string{p.Browser, p.Main} {
		if entry != "" {
			rules = append(rules, "!/"+entry)
		}
	}
	for _, target := range p.Bin {
		rules = append(rules, "!/"+target)
	}
	return rules
}

// filesRules turns package.json's `files` into rules: general ones, and strict ones for entries that name one file. kind
// tells what stands at a path of the package.
func filesRules(files []string, kind func(path string) (pathKind, error)) (general, strict, named []string, err error) {
	general = []string{"*"}
	for _, entry := range files {
		if strings.HasPrefix(entry, "./") {
			entry = entry[1:]
		}
		if strings.HasSuffix(entry, "/*") {
			entry += "*"
		}
		found, err := kind(strings.TrimLeft(entry, "!"))
		if err != nil {
			return nil, nil, nil, fmt.Errorf("files names %q: %w", entry, err)
		}
		switch found {
		case isFile:
			strict = append([]string{"!" + entry}, strict...)
			named = append(named, strings.TrimPrefix(entry, "/"))
		case isFolder:
			general = append(general, "!"+entry, "!"+entry+"/**")
		case isAbsent: // then it is a pattern
			general = append(general, "!"+entry)
		}
	}
	return general, strict, named, nil
}

type pathKind int

const (
	isAbsent pathKind = iota
	isFile
	isFolder
	isOther // a link, a socket: never packed
)
