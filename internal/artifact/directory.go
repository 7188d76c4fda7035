package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// packIt is the way out of all that a directory may need a package manager for.
const packIt = "pack it, name the .tgz"

func openDirectory(ctx context.Context, dir string) (a *Artifact, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()

	raw, err := readText(root, "package.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("it has no package.json, so it is no package: %w", err)
	}
	if err != nil {
		return nil, err
	}
	a = &Artifact{path: dir}
	if a.pkg, err = parsePackageJSON(raw); err != nil {
		return nil, err
	}
	list := walk{root: root, pkg: a.pkg}
	if a.files, err = list.list(ctx); err != nil {
		return nil, fmt.Errorf("listing its files: %w", err)
	}
	if !a.has("package.json") {
		return nil, errors.New("its package.json is no regular file")
	}
	for _, f := range a.files {
		if isReadme(f, a.readme.name) && f.size <= maxText {
			text, err := readText(root, f.path)
			if err != nil {
				return nil, err
			}
			a.readme = readme{f.path, string(text)}
		}
	}
	return a, nil
}

// isReadme tells whether f is a readme to show, rather than the one named before, as npm chooses: Markdown is preferred,
// and what has no extension must be spelled README.
func isReadme(f file, before string) bool {
	if path.Dir(f.path) != "." || before != "" && before != "README" {
		return false
	}
	return f.path == "README" || regexp.MustCompile(`(?i)^readme\.(.*\.)?m?a?r?k?d?o?w?n?$`).MatchString(f.path)
}

// refusals are the reasons why a directory cannot be packed here, or a .tgz cannot be installed by anybody.
func (a *Artifact) refusals() []error {
	if a.packed {
		return a.unresolved([]string{"dependencies", optionalKey, "peerDependencies"},
			"which nobody can install; pack it again with the package manager that resolves it")
	}
	refusals := a.unresolved([]string{"dependencies", "devDependencies", optionalKey, "peerDependencies"},
		"which only a package manager can resolve; "+packIt)
	refuse := func(format string, args ...any) {
		refusals = append(refusals, a.wrong(format+"; "+packIt, args...))
	}
	for _, script := range []string{"prepublish", "prepublishOnly", "prepack", "prepare", "postpack"} {
		if text(a.pkg.scripts[script]) != "" {
			refuse("it has a %s script, and scripts are never run here", script)
		}
	}
	for _, key := range sortedKeys(a.pkg.publishConfig) {
		harmless := []string{"access", "tag", "registry", "provenance"}
		if !slices.Contains(harmless, key) && !strings.HasSuffix(key, ":registry") {
			refuse("its publishConfig has %q, which changes what is published", key)
		}
	}
	for _, key := range []string{"bundleDependencies", "bundledDependencies"} {
		if list, isList := a.pkg.document[key].([]any); truthy(a.pkg.document[key]) && (!isList || len(list) > 0) {
			refuse("it has %s, whose files only a package manager can gather", key)
		}
	}
	if truthy(a.pkg.document["workspaces"]) {
		refuse("it has workspaces of its own")
	}
	directories, _ := a.pkg.document["directories"].(map[string]any) // npm overlooks what is no object
	if truthy(directories["bin"]) && len(a.pkg.bin) == 0 {
		refuse("its commands are given by directories.bin")
	}
	return append(refusals, a.linked()...)
}

// linked reports commands and the main file that are symbolic links, or lie behind one: links are never packed.
func (a *Artifact) linked() []error {
	var errs []error
	check := func(what, target string) {
		for at := inside(target); at != "." && at != ""; at = path.Dir(at) {
			info, err := os.Lstat(filepath.Join(a.path, filepath.FromSlash(at)))
			if err == nil && info.Mode()&fs.ModeSymlink != 0 {
				errs = append(errs, a.wrong("%s is %s, and %s is a symbolic link, which npm does not pack; "+
					"put the file itself there", what, target, at))
				return
			}
		}
	}
	for _, command := range sortedKeys(a.pkg.bin) {
		check("its command "+command, a.pkg.bin[command])
	}
	check("its main file", a.pkg.main)
	return errs
}

// unresolved reports dependencies by the protocols that hold in a workspace only.
func (a *Artifact) unresolved(blocks []string, consequence string) []error {
	var errs []error
	for _, block := range blocks {
		dependencies, _ := a.pkg.document[block].(map[string]any) // npm drops what is no object
		for _, name := range sortedKeys(dependencies) {
			protocol, _, found := strings.Cut(text(dependencies[name]), ":")
			if found && slices.Contains([]string{"workspace", "catalog", "file", "link", "portal"}, protocol) {
				errs = append(errs, a.wrong("its %s need %s as %q, %s", block, name, dependencies[name], consequence))
			}
		}
	}
	return errs
}
