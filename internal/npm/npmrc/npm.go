package npmrc

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/child"
)

const (
	askTimeout = 30 * time.Second // npm takes about half a second; a cold disk takes longer
	maxAnswer  = 64 << 10         // bytes; it is one line
	askGrace   = time.Second      // for what npm started to let go of its output
)

// RegistryFromNPM returns the registry that the npm client itself would use in dir ("" for the working directory), by
// running `npm config get registry`. It waits for up to 30 seconds.
func RegistryFromNPM(ctx context.Context, dir string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, "npm", "config", "get", "registry")
	command.Dir = dir
	command.WaitDelay = askGrace
	output, err := child.Output(command, maxAnswer)
	if err != nil { // npm's own words are left out: they may quote its configuration
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return "", fmt.Errorf("asking npm for its registry (`npm config get registry`): %w", err)
	}
	answer := strings.TrimSpace(string(output))
	if registry, err := url.Parse(answer); err != nil || registry.Host == "" {
		return "", fmt.Errorf("asking npm for its registry (`npm config get registry`): the answer is no URL")
	}
	return answer, nil
}
