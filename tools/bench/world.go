package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing/fstest"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// world is a sandbox that is served.
type world struct {
	*sandbox.World
	address string // host:port
	stop    func()
}

// sandbox makes a new one. Whoever has its session publishes without a second factor.
func (b *bench) sandbox(ctx context.Context) (world, error) {
	b.worlds++
	made, err := sandbox.Open(sandbox.Options{
		Dir: filepath.Join(b.work, fmt.Sprintf("world-%d", b.worlds)), Repository: "bench/bench", NoSecondFactor: true,
	})
	if err != nil {
		return world{}, err
	}
	address, stop, err := serve(ctx, made.Handler())
	return world{World: made, address: address, stop: stop}, err
}

// fill publishes small packages.
func (w world) fill(ctx context.Context, names []string) error {
	to := sender{address: w.address, token: w.Session().Reveal()}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for _, name := range names {
		group.Go(func() error {
			manifest, err := json.Marshal(map[string]string{"name": name, "version": version})
			if err != nil {
				return err
			}
			var packed bytes.Buffer
			if err := tarball(&packed, fstest.MapFS{"package.json": {Data: manifest}}, "package.json"); err != nil {
				return err
			}
			return to.send(ctx, name, bytes.NewReader(packed.Bytes()))
		})
	}
	return group.Wait()
}
