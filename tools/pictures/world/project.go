package world

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// stateFile is where the program looks for it.
const stateFile = "desired-state.yaml"

// project is the state file of a project of which nothing exists yet; later is what it has come to be.
var (
	//go:embed project.yaml
	project string
	//go:embed later.yaml
	later string
)

// Begin writes the project to a folder, which is made where it is missing: its state file, and nothing built.
func Begin(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, stateFile)); err == nil {
		return fmt.Errorf("%s holds a %s already: give a folder that is empty or not there", dir, stateFile)
	}
	return write(dir, stateFile, project)
}

// develop is what happens to the project's files after its first releases: more packages, a pinned version, and a package
// that the state file does not name.
func develop(dir string) error {
	return errors.Join(
		write(dir, stateFile, later),
		write(dir, "package.json", `{"name": "demo-workspace", "private": true, "workspaces": ["packages/*"]}`),
		write(dir, "packages/new/package.json", `{"name": "@demo/new", "version": "1.0.0"}`),
	)
}

func write(dir, path, text string) error {
	path = filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}
