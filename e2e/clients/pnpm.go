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
	architecture := runtime.GOARCH
	if architecture == "amd64" {
		architecture = "x64"
	}
	path, err := File("node_modules", "@pnpm", "exe."+runtime.GOOS+"-"+architecture, "pnpm")
	if err != nil {
		return "", err
	}
	if err := exec.CommandContext(ctx, path, "--version").Run(); err != nil { //nolint:gosec // its path is this checkout's own
		return "", fmt.Errorf("e2e/clients has no pnpm that runs on %s/%s: %w", runtime.GOOS, runtime.GOARCH,
			errors.Join(errors.ErrUnsupported, err))
	}
	return path, nil
}
