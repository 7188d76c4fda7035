// The bench compares facets-reconcile with npm, pnpm and bun on this machine, and measures how it scales. Each scenario
// builds what it needs afresh, runs its contenders in turn, A B C A B C, and writes medians into its section of
// docs/benchmarks.md. It needs Linux, Go, and Node with npm; the clients are installed as the lock file in clients says.
//
//	make bench                                everything, three rounds: most of an hour on a quiet machine
//	make bench BENCH='-run pack,state'        these scenarios only
//	make bench BENCH=-quick                   small and once, to see that it works; prints, and writes no file
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

// scenario is one comparison. Its run returns the section's Markdown.
type scenario struct {
	name, title string
	run         func(context.Context, *bench) (string, error)
}

func scenarios() []scenario {
	return []scenario{
		{"pack", "pack and publish directories", pack},
		{"tgz", "publish ready .tgz files", ready},
		{"state", "read the state of 13 packages", state},
		{"scale", "plan many packages", scale},
		{"limit", "a registry that limits requests", limited},
		{"shards", "several machines", shards},
	}
}

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(args) > 0 && args[0] == "send" {
		return send(ctx, args[1:])
	}
	return compare(ctx, args, os.Stdout, os.Stderr)
}

// compare runs the scenarios that are asked for. One that fails does not keep the others from running.
func compare(ctx context.Context, args []string, out, progress io.Writer) error {
	var o options
	var names []string
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(progress)
	chosen := flags.String("run", strings.Join(names, ","), "the scenarios")
	flags.IntVar(&o.rounds, "rounds", 3, "how often each contender runs; the median counts")
	flags.BoolVar(&o.quick, "quick", false, "small and once, to see that it works")
	flags.BoolVar(&o.verify, "verify", false, "let the registry check what it is sent, which slows all contenders down")
	flags.Uint64Var(&o.seed, "seed", 1, "of what is left to chance")
	path := flags.String("page", "docs/benchmarks.md", "the file that holds the figures; empty: only print them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.quick {
		o.rounds, *path = 1, ""
	}
	if flags.NArg() > 0 || o.rounds < 1 {
		return errors.New("give no arguments but flags, and at least one round; see -help")
	}
	var failures []error
	run := strings.Split(*chosen, ",")
	for _, name := range run {
		if !slices.Contains(names, name) {
			failures = append(failures, fmt.Errorf("-run %s: choose of %s", name, strings.Join(names, ",")))
		}
	}
	if len(failures) > 0 {
		return errors.Join(failures...)
	}
	b, err := newBench(ctx, o, progress)
	if err != nil {
		return err
	}
	for _, s := range scenarios() {
		if slices.Contains(run, s.name) && ctx.Err() == nil {
			if err := b.section(ctx, s, *path, out); err != nil {
				failures = append(failures, fmt.Errorf("%s: %w", s.name, err))
			}
		}
	}
	return errors.Join(append(failures, context.Cause(ctx), b.close())...)
}
