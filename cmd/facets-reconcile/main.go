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

	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	outlet := live.NewOutlet(os.Stderr)
	code := run(ctx, os.Args[1:], streams{in: os.Stdin, out: result{os.Stdout, outlet}, err: live.NewScreen(outlet)})
	outlet.Close()
	os.Exit(code)
}

// result is stdout. What was written to stderr before it comes out before it.
type result struct {
	file   *os.File
	before *live.Outlet
}

func (r result) Fd() uintptr { return r.file.Fd() }

func (r result) Write(text []byte) (int, error) {
	r.before.Flush()
	return r.file.Write(text)
}

// streams are what a command reads and writes: results to out, all else to err.
type streams struct {
	in       *os.File
	out, err io.Writer
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
