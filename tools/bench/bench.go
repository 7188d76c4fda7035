package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/tools/bench/page"
)

type options struct {
	rounds        int
	quick, verify bool
	seed          uint64
}

// bench is what all scenarios work with.
type bench struct {
	options
	progress io.Writer
	work     string // folder of everything that is made, gone in the end
	program  string // facets-reconcile, as built from this tree
	self     string // this program, for the bare sender
	peers    []peer
	missing  []string // peers that could not be installed, and why
	homes    int
	worlds   int
}

// newBench builds the program and installs the peers.
func newBench(ctx context.Context, o options, progress io.Writer) (_ *bench, err error) {
	b := &bench{options: o, progress: progress}
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("run it inside the repository, with go in the PATH: %w", err)
	}
	if err := os.Chdir(strings.TrimSpace(string(root))); err != nil {
		return nil, err
	}
	if b.work, err = os.MkdirTemp("", "facets-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	b.program = filepath.Join(b.work, "facets-reconcile")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", b.program, "./cmd/facets-reconcile") //nolint:gosec // our own
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the program: %w\n%s", err, output)
	}
	b.install(ctx)
	return b, nil
}

func (b *bench) close() error { return os.RemoveAll(b.work) }

func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.progress, format+"\n", args...) // nobody may be looking
}

// section runs a scenario, prints its figures, and puts them into the page.
func (b *bench) section(ctx context.Context, s scenario, path string, out io.Writer) error {
	b.say("%s: %s", s.name, s.title)
	began := time.Now()
	figures, err := s.run(ctx, b)
	if err != nil {
		return err
	}
	figures += "\n" + b.caption(ctx, s.name)
	b.say("%s: done in %s", s.name, time.Since(began).Round(time.Second))
	if _, err := fmt.Fprintf(out, "\n%s\n", figures); err != nil || path == "" {
		return err
	}
	return page.Update(path, s.name, figures)
}

// serve serves a handler on loopback until stop is called, and returns its address, host:port.
func serve(ctx context.Context, handler http.Handler) (address string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // always an error: that it was closed
	}()
	return listener.Addr().String(), func() { _ = server.Close(); <-ended }, nil
}

// home makes a folder that stands for a user's home, with npm configured for a registry, and returns the environment of a
// program that runs there. A new one for each run, so that no client finds what another run has cached.
func (b *bench) home(registry, token string) ([]string, error) {
	b.homes++
	dir := filepath.Join(b.work, fmt.Sprintf("home-%d", b.homes))
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o750); err != nil {
		return nil, err
	}
	npmrc := fmt.Sprintf("registry=http://%[1]s/\n//%[1]s/:_authToken=%[2]s\nupdate-notifier=false\naudit=false\nfund=false\n",
		registry, token)
	if err := os.WriteFile(filepath.Join(dir, ".npmrc"), []byte(npmrc), 0o600); err != nil {
		return nil, err
	}
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + filepath.Join(dir, "tmp"), "NO_COLOR=1"}, nil
}

// command runs a program in a folder with an environment of its own.
func command(ctx context.Context, dir string, env []string, argv ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the programs that are compared
	c.Dir, c.Env = dir, env
	c.WaitDelay = time.Second
	return c
}
