package world

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// Drift serves the world in the folder at an address of this machine, "" for any, and lets a human with a session run the
// nightly check over it, with further flags. It returns the exit code. Unlike a rehearsal, it knows how old trusted
// publishers are.
func Drift(ctx context.Context, program, dir, address string, out io.Writer, flags ...string) (code int, err error) {
	world, err := sandbox.Open(Options(dir))
	if err != nil {
		return 0, err
	}
	server, err := world.Serve(ctx, address)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Close(ctx)) }()
	home, err := os.MkdirTemp("", "facets-home-")
	if err != nil {
		return 0, fmt.Errorf("no folder for a home: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	login := strings.TrimPrefix(server.URL(), "http:") + "/:_authToken=" + world.Session().Reveal() + "\n"
	if err := os.WriteFile(filepath.Join(home, ".npmrc"), []byte(login), 0o600); err != nil {
		return 0, err
	}
	command := exec.CommandContext(ctx, program, append([]string{"drift"}, flags...)...) // #nosec G204 -- as above
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "NO_COLOR=1",
		"npm_config_registry=" + server.URL() + "/", "GITHUB_API_URL=" + server.GitHub(),
	}
	command.Stdout, command.Stderr = out, out
	if err = command.Run(); command.ProcessState == nil {
		return 0, err
	}
	return command.ProcessState.ExitCode(), nil
}
