package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/tools/bench/measure"
)

// contender is one way to do a scenario's work.
type contender struct {
	name     string
	parallel int // programs at a time
	prepare  func(context.Context) ([]*exec.Cmd, error)
	check    func() error // that the work was done; nil: the exit codes say so
}

// score is what a contender took, by round.
type score struct {
	name    string
	elapsed []time.Duration
	cpu     []time.Duration
	peak    []int64
	failed  error // it takes part in no further round
}

// contest runs all contenders in turn, as many rounds as are asked for.
func (b *bench) contest(ctx context.Context, contenders []contender) ([]score, error) {
	scores := make([]score, len(contenders))
	for round := range b.rounds {
		for i, c := range contenders {
			s := &scores[i]
			s.name = c.name
			if s.failed != nil {
				continue
			}
			usage, err := c.run(ctx)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err != nil {
				s.failed = err
				b.say("  %s failed: %v", c.name, err)
				continue
			}
			b.say("  round %d, %s: %s, %s of processors, %s", round+1, c.name, seconds(usage.Elapsed), seconds(usage.CPU), megabytes(usage.Peak))
			s.elapsed, s.cpu, s.peak = append(s.elapsed, usage.Elapsed), append(s.cpu, usage.CPU), append(s.peak, usage.Peak)
		}
	}
	return scores, nil
}

func (c contender) run(ctx context.Context) (measure.Usage, error) {
	commands, err := c.prepare(ctx)
	if err != nil {
		return measure.Usage{}, err
	}
	usage, err := measure.Run(ctx, c.parallel, commands...)
	if err == nil && c.check != nil {
		err = c.check()
	}
	return usage, err
}

func (s score) time() time.Duration { return measure.Median(s.elapsed) }

// find returns a contender's score, or nil when it did not finish.
func find(scores []score, name string) *score {
	for i := range scores {
		if s := &scores[i]; s.name == name && s.failed == nil && len(s.elapsed) > 0 {
			return s
		}
	}
	return nil
}

// times returns how many times as long a took as b.
func times(a, b *score) string {
	if a == nil || b == nil || b.time() == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(a.time())/float64(b.time()))
}

// failures lists who did not finish, one line each, or is empty.
func failures(scores []score) string {
	var b strings.Builder
	for _, s := range scores {
		if s.failed != nil {
			line, _, _ := strings.Cut(s.failed.Error(), "\n")
			fmt.Fprintf(&b, "\n%s did not finish: %s\n", s.name, line)
		}
	}
	return b.String()
}

func seconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func megabytes(n int64) string {
	if n < 100e6 {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}
