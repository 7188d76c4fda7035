package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/tools/bench/link"
	"github.com/agent-facets/facets-reconcile/tools/bench/measure"
)

// death is what a node meets: it is killed, and run again.
type death struct {
	node   int
	after  time.Duration
	struck bool // it was still at work
}

// node is one process of a release, on a line of its own.
type node struct {
	release release
	env     []string
	shard   string
}

// rollOut publishes the release to a new sandbox by several nodes, which each upload so many bytes a second (0: as fast as it
// goes), and returns how long it took until the last had ended. It fails unless everything was published, once.
func (r release) rollOut(ctx context.Context, count int, upload float64, fate *death) (time.Duration, error) {
	w, err := r.b.sandbox(ctx)
	if err != nil {
		return 0, err
	}
	defer w.stop()
	var nodes []node
	for i := range count {
		l, err := link.Open(ctx, w.address, link.Options{Upload: upload})
		if err != nil {
			return 0, err
		}
		defer func() { _ = l.Close() }() // its listener
		env, err := r.b.home(l.Address(), w.Session().Reveal())
		if err != nil {
			return 0, err
		}
		nodes = append(nodes, node{release: r, env: env, shard: fmt.Sprintf("%d/%d", i, count)})
	}
	began := time.Now()
	group := new(errgroup.Group)
	for i, n := range nodes {
		group.Go(func() error {
			if fate != nil && fate.node == i {
				return n.die(ctx, fate)
			}
			return n.run(ctx)
		})
	}
	err = group.Wait()
	return time.Since(began), errors.Join(err, w.publishedOnce(platforms+1))
}

func (n node) run(ctx context.Context) error {
	_, err := measure.Run(ctx, 1, command(ctx, filepath.Dir(n.release.file), n.env, n.release.b.program,
		"apply", "-f", n.release.file, "--shard", n.shard, "--timeout", "5m"))
	return err
}

// die runs the node until it is killed, and then again.
func (n node) die(ctx context.Context, fate *death) error {
	living, end := context.WithTimeout(ctx, fate.after)
	defer end()
	err := n.run(living)
	if living.Err() == nil || ctx.Err() != nil {
		return err
	}
	fate.struck = err != nil
	return n.run(ctx)
}

// publishedOnce fails unless so many packages were accepted, each once.
func (w world) publishedOnce(count int) error {
	accepted := map[string]int{}
	for _, r := range w.Requests() {
		if r.Method == http.MethodPut && r.Status/100 == 2 {
			accepted[r.Path]++
		}
	}
	var problems []error
	for path, times := range accepted {
		if times > 1 {
			problems = append(problems, fmt.Errorf("%s was published %d times", path, times))
		}
	}
	if len(accepted) != count {
		problems = append(problems, fmt.Errorf("%d packages were published, not %d", len(accepted), count))
	}
	return errors.Join(problems...)
}
