// Command facets-reconcile brings what a project shows on npm to what its state file and git tags say it should be.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	stdout, stderr := live.Device(os.Stdout), live.Device(os.Stderr)
	if p, _ := providers.Here(os.Getenv); p.Facts().ObeysLog {
		stdout, stderr = &live.Inert{Device: stdout}, &live.Inert{Device: stderr}
	}
	outlet := live.NewOutlet(stderr)
	code := run(ctx, os.Args[1:], streams{
		in: os.Stdin, out: ordered{stdout, outlet}, err: live.NewScreen(outlet), commands: ordered{os.Stderr, outlet},
	})
	outlet.Close()
	os.Exit(code)
}

// ordered is a stream on which nothing overtakes what was written to stderr before.
type ordered struct {
	live.Device
	before *live.Outlet
}

func (o ordered) Write(text []byte) (int, error) {
	o.before.Flush()
	return o.Device.Write(text)
}

// streams are what a command reads and writes: results to out, what the CI system is to obey to commands, all else to err.
type streams struct {
	in                 *os.File
	out, err, commands io.Writer
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, io streams) int {
	root := newRoot(io)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var exit exitCode
	switch {
	case err == nil:
		return reconcile.ExitOK
	case errors.As(err, &exit):
		return int(exit)
	case !cancellation(ctx, err):
		_, _ = fmt.Fprintf(io.err, "facets-reconcile: %s\n", words.Plain(err.Error()))
	}
	if ctx.Err() != nil {
		_, _ = fmt.Fprintln(io.err, "facets-reconcile: interrupted; nothing is lost: run it again to continue")
	}
	return reconcile.ExitError
}

// cancellation tells whether err is only that the command was interrupted.
func cancellation(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
}

// exitCode ends a command that has said all there is to say.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func exitWith(code int) error {
	if code == reconcile.ExitOK {
		return nil
	}
	return exitCode(code)
}
