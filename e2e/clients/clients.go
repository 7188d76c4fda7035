// Package clients installs the real clients and registry that tests run, as its lock file says: npm 11, npm 12 with a Node that is
// new enough for it, pnpm 12, and Verdaccio.
package clients

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// File returns the path of a file of this folder, to tests anywhere in the repository. The error wraps fs.ErrNotExist where
// the working directory is in no checkout of it.
func File(elements ...string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(append([]string{dir, "e2e", "clients"}, elements...)...), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("finding e2e/clients: no folder above has a go.mod: %w", fs.ErrNotExist)
		}
		dir = parent
	}
}

// Install brings node_modules to what the lock file says. It is the one step that uses the npm of this machine, as it is
// configured. Several test binaries may call it at once: one installs, the others wait.
func Install(ctx context.Context) error { return install(ctx) }

// install does it for one folder of this one.
func install(ctx context.Context, folder ...string) (err error) {
	dir, err := File(folder...)
	if err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(dir, "package.json"))
	if err != nil {
		return fmt.Errorf("locking %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	wanted, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return err
	}
	stamp := filepath.Join(dir, "node_modules", ".installed-from") // npm ci removes the folder first, so a broken install has none
	if installed, err := os.ReadFile(stamp); err == nil && bytes.Equal(installed, wanted) {
		return nil
	}
	command := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts")
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in %s: %w\n%s", dir, err, output)
	}
	return os.WriteFile(stamp, wanted, 0o600) //nolint:gosec // its path is this checkout's own
}
