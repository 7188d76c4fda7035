package chaos_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// makeTemplate does a human's part by a rehearsal: it seeds all names that schedules may use, and has them trusted.
func makeTemplate(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "chaos-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	everything := schedule{project: "demo", targets: allTargets()}
	state := filepath.Join(dir, "desired-state.yaml")
	if err := os.WriteFile(state, []byte(everything.stateFile(true)), 0o600); err != nil {
		return err
	}
	c := newClock(time.Now().UTC().Truncate(time.Second))
	defer c.close()
	here := c.enrol(0)
	defer c.leave(here)
	command := exec.CommandContext(ctx, shop.program, "apply", "-f", state, "--sandbox="+shop.template, "--scan-delay", "0s",
		"--only", "seed,trust", "--tag", first)
	command.Dir = dir
	command.Env = []string{"HOME=" + dir, "TMPDIR=" + dir, "FACETS_CLOCK=" + c.address(here), "PATH=" + shop.tools}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("seeding: %w\n%s", err, output)
	}
	return nil
}
