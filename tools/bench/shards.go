package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/tools/bench/measure"
	"github.com/agent-facets/facets-reconcile/tools/bench/page"
)

// uploadRate is what each node can send, in bytes a second: 100 Mbit/s.
const uploadRate = 12.5e6

// shards measures a release by several processes, each with a line of its own, and whether the entry is published once when
// nodes die.
func shards(ctx context.Context, b *bench) (string, error) {
	help, err := exec.CommandContext(ctx, b.program, "apply", "--help").Output() //nolint:gosec // the program that is measured
	if err != nil {
		return "", err
	}
	if !strings.Contains(string(help), "--shard") {
		return "This program has no `--shard`: nothing was measured.\n", nil
	}
	size, runs := 20_000_000, 50
	if b.quick {
		size, runs = 1_000_000, 6
	}
	r, err := b.release(filepath.Join(b.work, "shards"), size)
	if err != nil {
		return "", err
	}
	var rows [][]string
	var alone time.Duration
	for _, count := range []int{1, 2, 4, platforms} {
		var elapsed []time.Duration
		for range b.rounds {
			took, err := r.rollOut(ctx, count, uploadRate, nil)
			if err != nil {
				return "", fmt.Errorf("%d nodes: %w", count, err)
			}
			b.say("  %d nodes: %s", count, seconds(took))
			elapsed = append(elapsed, took)
		}
		median := measure.Median(elapsed)
		if alone == 0 {
			alone = median
		}
		rows = append(rows, []string{strconv.Itoa(count), seconds(median), fmt.Sprintf("%.2f", alone.Seconds()/median.Seconds())})
	}
	deaths, err := b.deaths(ctx, runs)
	return fmt.Sprintf("A release of an entry and %d platforms of %s each, ready as .tgz, by nodes that upload %.0f Mbit/s each.\n\n",
		platforms, megabytes(int64(size)), uploadRate*8/1e6) + page.Table([]string{"nodes", "time", "speed-up"}, rows) + deaths, err
}

// deaths lets four nodes make many releases. In every second one a random node is killed at a random moment, and run again.
func (b *bench) deaths(ctx context.Context, runs int) (string, error) {
	const nodes = 4
	random := rand.New(rand.NewPCG(b.seed, 0)) //nolint:gosec // decides who dies, by a seed that is printed
	r, err := b.release(filepath.Join(b.work, "deaths"), 1000)
	if err != nil {
		return "", err
	}
	var elapsed []time.Duration
	for range 5 {
		took, err := r.rollOut(ctx, nodes, 0, nil)
		if err != nil {
			return "", err
		}
		elapsed = append(elapsed, took)
	}
	shortest := slices.Min(elapsed) // some take several times as long, and nobody would be at work any more
	good, killed, struck := 0, 0, 0
	for i := range runs {
		var fate *death
		if i%2 == 1 {
			fate = &death{node: random.IntN(nodes), after: time.Duration(random.Int64N(int64(shortest)))}
			killed++
		}
		_, err := r.rollOut(ctx, nodes, 0, fate)
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		if err != nil {
			b.say("  release %d: %v", i, err)
			continue
		}
		good++
		if fate != nil && fate.struck {
			struck++
		}
	}
	return fmt.Sprintf("\nOf %d releases by %d nodes, %d ended with everything published exactly once, the entry among it. In %d of them "+
		"a random node was to be killed at a random moment and run again; %d were still at work then (seed %d).\n",
		runs, nodes, good, killed, struck, b.seed), nil
}
