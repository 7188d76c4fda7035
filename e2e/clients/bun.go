package clients

import (
	"context"
	"runtime"
)

// Bun installs bun, which has a folder and a lock file of its own as few tests need its 100 MB, and returns its path. The error wraps
// errors.ErrUnsupported where the lock file has none for this platform.
func Bun(ctx context.Context) (string, error) {
	if err := install(ctx, "bun"); err != nil {
		return "", err
	}
	machine := architecture()
	if machine == "arm64" {
		machine = "aarch64"
	}
	return runnable(ctx, "bun", "bun", "node_modules", "@oven", "bun-"+runtime.GOOS+"-"+machine, "bin", "bun")
}
