package measure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Usage is what a run took.
type Usage struct {
	Elapsed time.Duration
	CPU     time.Duration // user and system time of the processes that were started and of those that they waited for
	Peak    int64         // bytes: the most that all processes together, or one alone, held in memory
}

// Run runs programs, so many at a time, and returns when all have ended. Every one that fails is in the error, with the
// end of what it wrote. Output that nobody has taken is kept for that only.
func Run(ctx context.Context, parallel int, commands ...*exec.Cmd) (Usage, error) {
	var (
		mu      sync.Mutex
		usage   Usage
		failure error
	)
	watched := &tree{roots: map[int]bool{}}
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { watched.watch(watching) })

	began := time.Now()
	group := new(errgroup.Group)
	group.SetLimit(parallel)
	for _, command := range commands {
		group.Go(func() error {
			err := run(ctx, command, watched)
			mu.Lock()
			defer mu.Unlock()
			failure = errors.Join(failure, err)
			if command.ProcessState != nil {
				usage.CPU += command.ProcessState.UserTime() + command.ProcessState.SystemTime()
			}
			return nil
		})
	}
	_ = group.Wait() // errors are joined above
	usage.Elapsed = time.Since(began)
	stop()
	watcher.Wait()
	usage.Peak = watched.peak
	return usage, failure
}

func run(ctx context.Context, command *exec.Cmd, watched *tree) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	said := &tail{}
	if command.Stdout == nil {
		command.Stdout = said
	}
	if command.Stderr == nil {
		command.Stderr = said
	}
	if err := command.Start(); err != nil {
		return err
	}
	watched.add(command.Process.Pid)
	err := command.Wait()
	watched.remove(command.Process.Pid)
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, said)
	}
	return nil
}

// kept is how much of what a program wrote is shown when it fails.
const kept = 4 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	end []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	if len(t.end) > 2*kept {
		t.end = bytes.Clone(t.end[len(t.end)-kept:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.end[max(0, len(t.end)-kept):])
}
