package chaos_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// makeTemplates does by rehearsals a human's part, seeding all names that schedules may use and having them trusted, and then two
// releases of the command.
func makeTemplates(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "chaos-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	all := newFamily("demo", allTargets())
	all.libraries = append(all.allLibraries(), schedule{project: "demo", restricted: true}.entry(), "@demo/slim")
	for _, target := range []string{"wasm32-wasi", "javascript"} {
		all.libraries = append(all.libraries, all.platform(target))
	}
	for _, target := range allTargets() {
		all.libraries = append(all.libraries, "@demo/libs-"+target)
	}
	if err := rehearse(ctx, dir, all, "--sandbox="+shop.template, "--only", "seed,trust"); err != nil {
		return err
	}
	all.libraries = nil
	for oneName, folder := range shop.released {
		all.oneName = oneName
		if err := os.CopyFS(folder, os.DirFS(shop.template)); err != nil {
			return err
		}
		for _, tag := range []string{first, second} {
			if err := rehearse(ctx, dir, all, "--sandbox="+folder, "--tag", tag); err != nil {
				return err
			}
		}
	}
	return nil
}

// rehearse runs the program in a world of its own.
func rehearse(ctx context.Context, dir string, s schedule, flags ...string) error {
	state := filepath.Join(dir, "desired-state.yaml")
	if err := os.WriteFile(state, []byte(s.stateFile(true)), 0o600); err != nil {
		return err
	}
	c := newClock(time.Now().UTC().Truncate(time.Second))
	defer c.close()
	here := c.enrol(0)
	defer c.leave(here)
	command := exec.CommandContext(ctx, shop.program, append([]string{"apply", "-f", state, "--scan-delay", "0s"}, flags...)...)
	command.Dir = dir
	command.Env = []string{"HOME=" + dir, "TMPDIR=" + dir, "FACETS_CLOCK=" + c.address(here), "PATH=" + shop.tools}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("rehearsing: %w\n%s", err, output)
	}
	return nil
}
