// The pictures of the documentation: the report as Chromium shows it, and a recording of a rehearsal at a terminal. Their
// world can be had without them, to look at what the nightly check finds.
//
//	make pictures                              make them all, in docs/pictures; needs Chromium and tmux
//	make pictures PICTURES=report              only the report; or apply, or approve: only that recording
//	make pictures PICTURES='world DIR'         make the world with one of each finding in DIR, and check it
//	make pictures PICTURES='-out docs/progress progress'
//	                                           record a release of large packages as text: minutes, and 1 GB
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/agent-facets/facets-reconcile/tools/pictures/world"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(arguments []string, out io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	flags := flag.NewFlagSet("pictures", flag.ContinueOnError)
	into := flags.String("out", "docs/pictures", "the folder for the pictures")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "facets-pictures-")
	if err != nil {
		return fmt.Errorf("no folder to work in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	p := pictures{program: filepath.Join(work, "facets-reconcile"), work: work, into: *into, out: out}
	build := exec.CommandContext(ctx, "go", "build", "-o", p.program, // #nosec G204 -- the program that this is about
		"github.com/agent-facets/facets-reconcile/cmd/facets-reconcile")
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building facets-reconcile: %w\n%s", err, said)
	}
	switch {
	case flags.Arg(0) == "world" && flags.NArg() == 2:
		return p.world(ctx, flags.Arg(1))
	case flags.Arg(0) == "report" && flags.NArg() == 1:
		return p.report(ctx)
	case flags.Arg(0) == "apply" && flags.NArg() == 1:
		return p.apply(ctx)
	case flags.Arg(0) == "approve" && flags.NArg() == 1:
		return p.approve(ctx)
	case flags.Arg(0) == "progress" && flags.NArg() == 1:
		return p.progress(ctx)
	case flags.NArg() == 0:
		return errors.Join(p.report(ctx), p.apply(ctx), p.approve(ctx))
	}
	return errors.New("give nothing, report, apply, approve, progress, or world DIR; see -help")
}

// pictures are what is made, with the program that was built for it.
type pictures struct {
	program string
	work    string // for what is not kept
	into    string
	out     io.Writer
}

// world makes it and checks it, with a report of each kind.
func (p pictures) world(ctx context.Context, dir string) error {
	if err := world.Make(ctx, p.program, dir); err != nil {
		return err
	}
	code, err := world.Drift(ctx, p.program, dir, "", p.out, "--report", "html=reports/drift.html",
		"--report", "junit=reports/junit/drift.xml", "--report", "markdown=reports/drift.md", "--report", "json=reports/drift.json")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "\nexit code %d; the reports are in %s. Look again: cd %s && facets-reconcile drift --sandbox\n",
		code, filepath.Join(dir, "reports"), dir)
	return err
}

// write replaces a picture.
func (p pictures) write(name string, content []byte) error {
	if err := os.MkdirAll(p.into, 0o750); err != nil {
		return err
	}
	path := filepath.Join(p.into, name)
	if err := os.WriteFile(path, content, 0o644); err != nil { // #nosec G306 -- it is for all to see
		return err
	}
	_, err := fmt.Fprintf(p.out, "%s: %d kB\n", path, len(content)/1000)
	return err
}
