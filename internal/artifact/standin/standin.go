// Package standin makes small well-formed packages that stand in for real ones in rehearsals and tests, where nothing was built.
package standin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Package is what is stood in for.
type Package struct {
	Name     spec.Name
	Version  spec.Version
	Platform spec.Platform
	Binary   bool // it holds an executable for Platform

	Dependencies map[string]string // of an entry: the platforms that it does not list as optional
}

// Write writes to dir, which is made when it is missing, a small well-formed package for want: with Binary one that
// holds an executable header of the right format, machine and interpreter; with optional dependencies an entry that has a
// command; else a library. Its readme and description say that it stands in for the real one. It opens, keeps the
// rules for what it stands in for, and is the same bytes each time. repository is a git URL, or "".
func Write(dir string, want Package, optionalDependencies map[string]string, repository string) error {
	name, version := want.Name.String(), want.Version.String()
	// The fields stand in the order in which npm writes them.
	pkg := struct {
		Name        string            `json:"name"`
		Version     string            `json:"version"`
		Description string            `json:"description"`
		Repository  map[string]string `json:"repository,omitempty"`
		Main        string            `json:"main,omitempty"`
		Bin         map[string]string `json:"bin,omitempty"`
		OS          []string          `json:"os,omitempty"`
		CPU         []string          `json:"cpu,omitempty"`
		Libc        []string          `json:"libc,omitempty"`
		Hard        map[string]string `json:"dependencies,omitempty"`
		Optional    map[string]string `json:"optionalDependencies,omitempty"`
	}{
		Name: name, Version: version, Description: describe(name),
		OS: want.Platform.OS, CPU: want.Platform.CPU, Libc: want.Platform.Libc, Hard: want.Dependencies, Optional: optionalDependencies,
	}
	if repository != "" {
		pkg.Repository = map[string]string{"type": "git", "url": repository}
	}
	path, contents, mode := "index.js", []byte("module.exports = {};\n"), os.FileMode(0o644)
	switch {
	case want.Binary:
		header, suffix := native.Header(want.Platform, libc(want))
		path, contents, mode = "bin/"+want.Name.Base()+suffix, header, 0o755
	case len(optionalDependencies)+len(want.Dependencies) > 0:
		path, mode = "bin/"+want.Name.Base()+".js", 0o755
		contents = fmt.Appendf(nil, "#!/usr/bin/env node\nconsole.log(%q);\n", name+"@"+version+" (a stand-in)")
		pkg.Bin = map[string]string{want.Name.Base(): path}
	default:
		pkg.Main = path
	}
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(pkg); err != nil {
		return fmt.Errorf("standing in for %s: %w", name, err)
	}
	readme := fmt.Sprintf("# %s\n\n%s\nThe real package was not built when this one was made.\n", name, pkg.Description)
	// package.json comes last: what is half written cannot be opened.
	return errors.Join(
		writeFile(dir, path, contents, mode),
		writeFile(dir, "README.md", []byte(readme), 0o644),
		writeFile(dir, "package.json", document.Bytes(), 0o644),
	)
}

func describe(name string) string {
	return "Stands in for " + name + " in a rehearsal; it does nothing."
}

// Is tells whether a version is a stand-in, by its description.
func Is(name spec.Name, description string) bool { return description == describe(name.String()) }

// libc is that of the package: as wanted, else by its name.
func libc(want Package) string {
	if slices.Contains(want.Platform.Libc, "musl") || len(want.Platform.Libc) == 0 && want.Name.SaysMusl() {
		return "musl"
	}
	return "glibc"
}

func writeFile(dir, path string, contents []byte, mode os.FileMode) error {
	name := filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // a package is nothing secret
		return err
	}
	if err := os.WriteFile(name, contents, mode); err != nil {
		return err
	}
	return os.Chmod(name, mode) // whatever the umask
}
