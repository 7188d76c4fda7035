package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/tools/pictures/terminal"
)

const (
	release   = "facets-reconcile apply --sandbox --scan-delay 20s --group cli --yes --tag agent-facets@1.0.0"
	megabytes = 42 // of each platform
)

// progress records the release of agent-facets' command from large artifacts: at a terminal of 80 and of 40 columns, and
// into a pipe. It is run from the repository's root.
func (p pictures) progress(ctx context.Context) error {
	dir := filepath.Join(p.work, "release")
	if err := p.heavy(ctx, dir); err != nil {
		return err
	}
	var said strings.Builder
	_, _ = fmt.Fprintf(&said, "%s\n13 packages, 12 of them of %d MB, in tmux, the result into a file. ", release, megabytes)
	said.WriteString("What stood on the terminal at some moments:\n")
	for _, columns := range []int{80, 40} {
		if err := p.anew(ctx, dir); err != nil {
			return err
		}
		session := terminal.Session{Columns: columns, Rows: 24, Dir: dir, Env: p.env(), Command: "sh release.sh"}
		frames, err := session.Record(ctx)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(&said, "\n\n== %d columns ==\n%s", columns, moments(frames))
	}
	if err := p.write("terminal.txt", []byte(said.String())); err != nil {
		return err
	}
	if err := p.anew(ctx, dir); err != nil {
		return err
	}
	piped := strings.Replace(release, " --yes", "", 1)
	out, err := p.shell(ctx, dir, piped+" 2>&1 | cat")
	if err != nil {
		return err
	}
	return p.write("pipe.txt", fmt.Appendf(nil, "%s 2>&1 | cat\n13 packages, 12 of them of %d MB:\n\n%s", piped, megabytes, out))
}

// heavy makes the project: the state file of this repository, and a large executable for each platform of the command.
func (p pictures) heavy(ctx context.Context, dir string) error {
	const stateFile = "desired-state.yaml"
	state, err := desired.Load(stateFile)
	if err != nil {
		return err
	}
	releases, err := state.Releases(ctx, desired.Selection{}, nil)
	if err != nil {
		return err
	}
	noise := make([]byte, megabytes*1_000_000)
	chance := rand.NewChaCha8([32]byte{})
	for _, pkg := range releases[0].Packages {
		if pkg.Role != desired.RolePlatform {
			continue
		}
		folder := filepath.Join(dir, filepath.FromSlash(pkg.Artifact))
		want := standin.Package{Name: pkg.Name, Version: "1.0.0", Platform: pkg.Platform, Binary: true}
		_, _ = chance.Read(noise) // never fails
		if err := errors.Join(standin.Write(folder, want, nil, ""), grow(filepath.Join(folder, "bin"), noise)); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(stateFile)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, stateFile), text, 0o600),                                // #nosec G703 -- a folder of its own
		os.WriteFile(filepath.Join(dir, "release.sh"), []byte(release+" >result.txt\n"), 0o600), // shown is what goes to stderr
	)
}

// grow appends to the one file of a folder.
func grow(folder string, noise []byte) (err error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(folder, files[0].Name()), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = file.Write(noise)
	return err
}

// anew begins with a sandbox in which everything is seeded and trusted, and nothing published.
func (p pictures) anew(ctx context.Context, dir string) error {
	_, err := p.shell(ctx, dir, "facets-reconcile sandbox reset && "+
		"facets-reconcile apply --sandbox --scan-delay 0s --only seed,trust --tag agent-facets@1.0.0")
	return err
}

func (p pictures) shell(ctx context.Context, dir, line string) ([]byte, error) {
	command := exec.CommandContext(ctx, "sh", "-c", line) // #nosec G204 -- the lines above
	command.Dir, command.Env = dir, p.env()
	out, err := command.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", line, err, out)
	}
	return out, nil
}

// env lets the program that was built be found by its name.
func (p pictures) env() []string {
	return []string{"PATH=" + p.work + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + p.work, "LANG=C.UTF-8"}
}

// moments are what stood there some seconds after the command began, and in the end.
func moments(frames []terminal.Frame) string {
	var b strings.Builder
	begun := time.Duration(0)
	wanted := []time.Duration{4 * time.Second, 8 * time.Second, 11 * time.Second, 20 * time.Second, 35 * time.Second}
	for i, frame := range frames {
		text := frame.Plain()
		switch {
		case begun == 0 && strings.Contains(text, "\n"):
			begun = frame.At
		case len(wanted) > 0 && begun > 0 && frame.At-begun > wanted[0]:
			show(&b, fmt.Sprintf("after %.0f s", wanted[0].Seconds()), frames[i-1].Plain())
			wanted = wanted[1:]
		}
	}
	last := frames[len(frames)-1].Plain()
	show(&b, "in the end", strings.TrimSuffix(last, "\n$"))
	return b.String()
}

// show leaves out the line that was typed.
func show(w io.Writer, when, text string) {
	_, text, _ = strings.Cut(text, "\n")
	_, _ = fmt.Fprintf(w, "\n-- %s --\n\n%s\n", when, text) // a Builder takes everything
}
