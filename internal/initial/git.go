package initial

import (
	"context"
	"os/exec"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/child"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// maxAnswer bounds what git answers, in bytes: a hundred thousand tags take a few million.
const maxAnswer = 16 << 20

// Git reads the repository that a folder lies in. Where there is none, or no git, nothing is found; that is no error.
type Git struct {
	Dir string
}

// Origin returns the address that the remote origin has.
func (g Git) Origin(ctx context.Context) spec.Repository {
	return spec.Repository(strings.TrimSpace(g.output(ctx, "remote", "get-url", "origin")))
}

// Tags returns the names of all tags, the newest first.
func (g Git) Tags(ctx context.Context) []string {
	return strings.Fields(g.output(ctx, "tag", "--list", "--sort=-creatordate"))
}

func (g Git) output(ctx context.Context, arguments ...string) string {
	command := exec.CommandContext(ctx, "git", arguments...) //nolint:gosec // the arguments stand above
	command.Dir = g.Dir
	out, err := child.Output(command, maxAnswer)
	if err != nil {
		return ""
	}
	return string(out)
}
