package checkout

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/child"
)

const (
	maxAnswer = 16 << 20 // bytes: a hundred thousand tags take a few million
	patience  = time.Second
)

// ErrNone says that a folder is in no repository, or that there is no git to read it.
var ErrNone = errors.New("there is no checkout here")

// Checkout is the repository in which a folder lies.
type Checkout struct {
	Dir string
}

// Head returns the hash of the commit that is checked out.
func (c Checkout) Head(ctx context.Context) (string, error) { return c.line(ctx, "rev-parse", "HEAD") }

// line returns the one line that git prints.
func (c Checkout) line(ctx context.Context, arguments ...string) (string, error) {
	out, err := c.git(ctx, arguments...)
	return strings.TrimSpace(out), err
}

// git runs a command that reads. It must not fetch objects that a partial clone lacks, because it may neither wait nor ask for anything.
func (c Checkout) git(ctx context.Context, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", arguments...) //nolint:gosec // the arguments stand in this package
	command.Dir, command.WaitDelay = c.Dir, patience
	command.Env = append(os.Environ(), "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	out, err := child.Output(command, maxAnswer)
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return string(out), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", ErrNone
	case failed:
		first, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		if strings.Contains(first, "not a git repository") {
			return "", ErrNone
		}
		return "", fmt.Errorf("git %s: %s", arguments[0], strings.TrimPrefix(strings.ToValidUTF8(first, "?"), "fatal: "))
	}
	return "", fmt.Errorf("git %s: %w", arguments[0], err)
}
