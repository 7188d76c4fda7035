package clients

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
)

// PNPM returns the path of pnpm 12, which Install has installed: an executable that needs no Node. The error wraps errors.ErrUnsupported
// where the lock file has none for this platform.
func PNPM(ctx context.Context) (string, error) {
	return runnable(ctx, "pnpm", "node_modules", "@pnpm", "exe."+runtime.GOOS+"-"+architecture(), "pnpm")
}

func architecture() string {
	if runtime.GOARCH == "amd64" {
		return "x64"
	}
	return runtime.GOARCH
}

// runnable returns the path of an executable below this folder, once it has run: it may ask for another libc.
func runnable(ctx context.Context, name string, elements ...string) (string, error) {
	path, err := File(elements...)
	if err != nil {
		return "", err
	}
	if err := exec.CommandContext(ctx, path, "--version").Run(); err != nil { //nolint:gosec // its path is this checkout's own
		return "", fmt.Errorf("e2e/clients has no %s that runs on %s/%s: %w", name, runtime.GOOS, runtime.GOARCH,
			errors.Join(errors.ErrUnsupported, err))
	}
	return path, nil
}
