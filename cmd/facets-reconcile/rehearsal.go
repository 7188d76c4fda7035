package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// firstVersion is what the tags of a new sandbox ask for.
const firstVersion = "1.0.0"

// rehearsal is a sandbox that serves this process.
type rehearsal struct {
	world  *sandbox.World
	server *sandbox.Server
	stop   context.CancelFunc
	dir    string // for stand-ins
	made   *actor.StandIns
}

// enterSandbox opens and serves the sandbox, and takes npm, GitHub and CircleCI from it.
func (u *setup) enterSandbox(ctx context.Context) error {
	world, err := openWorld(ctx, u.shared.sandbox, u.shared.scanDelay, u.state, u.clock.Now)
	if err != nil {
		return err
	}
	// The server outlives an interrupted run: what is under way is to end with an answer.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	server, err := world.Serve(serving, "")
	if err != nil {
		stop()
		return err
	}
	u.sandbox = &rehearsal{world: world, server: server, stop: stop}
	if u.sandbox.dir, err = os.MkdirTemp("", "facets-stand-ins-"); err != nil {
		return err
	}
	if u.registry, err = url.Parse(server.URL() + "/"); err != nil {
		return err
	}
	u.session = world.Session()
	u.idTokens = circleci.NewSource(circleci.Options{
		Audience: world.Audience(),
		Now:      u.clock.Now,
		Env:      func(name string) string { return map[string]string{"CIRCLECI": "true"}[name] },
		Run: func(context.Context, string, ...string) ([]byte, error) {
			token, err := world.IDToken(world.Audience(), nil)
			return []byte(token.Reveal()), err
		},
	})
	_, err = fmt.Fprintf(u.shared.io.err, "sandbox: npm, GitHub and CircleCI are stood in for, in %s\n", u.shared.sandbox)
	return err
}

func (r *rehearsal) close() error {
	r.stop()
	return errors.Join(r.server.Wait(), os.RemoveAll(r.dir))
}

// openWorld opens the sandbox's folder; a new one gets a tag for each release of the state file.
func openWorld(
	ctx context.Context, dir, scanDelay string, state *desired.State, now func() time.Time,
) (*sandbox.World, error) {
	delay, err := parseScanDelay(scanDelay)
	if err != nil {
		return nil, err
	}
	releases, err := state.Releases(ctx, desired.Selection{}, nil)
	if err != nil {
		return nil, err
	}
	o := sandbox.Options{Dir: dir, Repository: "example/project", ScanDelay: delay, Now: now}
	for _, r := range releases {
		version := string(r.Version)
		if version == "" {
			version = firstVersion
		}
		o.Tags = append(o.Tags, strings.ReplaceAll(r.TagForm, "{version}", version))
	}
	if state.Spec.Source != nil {
		o.Repository = state.Spec.Source.GitHub
	}
	if tp, ok := state.TrustedPublisher(); ok {
		o.Claims = tp.Claims
	}
	return sandbox.Open(o)
}

// parseScanDelay reads "2s", the same for all, or "1s..5s", which differs by package, always in the same way.
func parseScanDelay(s string) (func(spec.Name, spec.Version) time.Duration, error) {
	low, high, ranged := strings.Cut(s, "..")
	shortest, err := time.ParseDuration(low)
	longest := shortest
	if ranged && err == nil {
		longest, err = time.ParseDuration(high)
	}
	if err != nil || shortest < 0 || longest < shortest {
		return nil, fmt.Errorf("--scan-delay %q: give a duration such as 2s, or a range such as 1s..5s", s)
	}
	return func(name spec.Name, _ spec.Version) time.Duration {
		h := fnv.New32a()
		_, _ = h.Write([]byte(name)) // a hash takes everything
		return shortest + time.Duration(h.Sum32()%1000)*(longest-shortest)/1000
	}, nil
}
