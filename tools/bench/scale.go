package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/agent-facets/facets-reconcile/tools/bench/link"
	"github.com/agent-facets/facets-reconcile/tools/bench/measure"
	"github.com/agent-facets/facets-reconcile/tools/bench/page"
)

const (
	scaleRoundTrip   = 20 * time.Millisecond
	scaleConcurrency = 32
)

// scale measures plan on more and more packages of a sandbox, all of them published.
func scale(ctx context.Context, b *bench) (string, error) {
	counts := []int{100, 1000, 10_000}
	if b.quick {
		counts = []int{50, 200, 800}
	}
	w, err := b.sandbox(ctx)
	if err != nil {
		return "", err
	}
	defer w.stop()

	var rows [][]string
	var sizes, times, peaks []float64
	var names []string
	for _, count := range counts {
		began := time.Now()
		first := len(names)
		for len(names) < count {
			names = append(names, fmt.Sprintf("@bench/package-%05d", len(names)))
		}
		if err := w.fill(ctx, names[first:]); err != nil {
			return "", err
		}
		b.say("  %d packages published in %s", count-first, seconds(time.Since(began)))
		s, requests, err := b.planAll(ctx, w, names)
		if err != nil {
			return "", err
		}
		least := time.Duration(requests) * scaleRoundTrip / scaleConcurrency
		rows = append(rows, []string{strconv.Itoa(count), seconds(s.time()), strconv.FormatInt(requests, 10), seconds(least),
			fmt.Sprintf("%.2f", s.time().Seconds()/least.Seconds()), seconds(measure.Median(s.cpu)), megabytes(maximum(s.peak))})
		sizes, times = append(sizes, float64(count)), append(times, s.time().Seconds())
		peaks = append(peaks, float64(maximum(s.peak)))
	}
	return fmt.Sprintf("`plan --concurrency %d` of packages that are all there, at %v.\n\n", scaleConcurrency, scaleRoundTrip) +
		page.Table([]string{"packages", "time", "requests", "requests × latency ÷ 32", "×", "processor time", "peak memory"}, rows) +
		fmt.Sprintf("\nFitted exponents: time %.2f, memory %.2f (1 is linear).\n",
			measure.Exponent(sizes, times), measure.Exponent(sizes, peaks)), nil
}

// planAll lets plan read packages through a link, and returns how many requests that took.
func (b *bench) planAll(ctx context.Context, w world, names []string) (s score, requests int64, err error) {
	l, err := link.Open(ctx, w.address, link.Options{RoundTrip: scaleRoundTrip})
	if err != nil {
		return s, 0, err
	}
	defer func() { _ = l.Close() }() // its listener
	file, err := declare(filepath.Join(b.work, "scale"), fmt.Sprintf("%d.yaml", len(names)), "", "", names)
	if err != nil {
		return s, 0, err
	}
	before := int64(0)
	plan := contender{name: fmt.Sprintf("plan of %d", len(names)), parallel: 1,
		prepare: func(ctx context.Context) ([]*exec.Cmd, error) {
			env, err := b.home(l.Address(), "not-a-secret")
			before = l.Requests()
			return []*exec.Cmd{command(ctx, filepath.Dir(file), env, b.program, "plan", "-f", file,
				"--concurrency", strconv.Itoa(scaleConcurrency), "--detailed-exitcode")}, err
		},
		check: func() error {
			requests = l.Requests() - before
			return nil
		}}
	scores, err := b.contest(ctx, []contender{plan})
	if err != nil {
		return s, 0, err
	}
	return scores[0], requests, scores[0].failed
}
