package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/fault"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// someRepository is the sandbox's on GitHub where the state file names none.
const someRepository = "example/project"

// rehearsal is a sandbox that serves this process.
type rehearsal struct {
	world  *sandbox.World
	server *sandbox.Server
	stop   context.CancelFunc
	dir    string // for stand-ins
	made   *actor.StandIns
	faults *faults
}

// enterSandbox opens and serves the sandbox, and takes npm, GitHub and CircleCI from it.
func (u *setup) enterSandbox(ctx context.Context) error {
	if u.state.Spec.Source == nil { // here are tags all the same
		u.state.Spec.Source = &desired.Source{GitHub: someRepository}
	}
	faults, err := u.shared.breaking(u.clock.Now, u.log)
	if err != nil {
		return err
	}
	world, err := u.shared.openWorld(ctx, u.state, u.clock.Now, faults)
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
	u.sandbox = &rehearsal{world: world, server: server, stop: stop, faults: faults}
	if u.sandbox.dir, err = os.MkdirTemp("", "facets-stand-ins-"); err != nil {
		return fmt.Errorf("no folder for temporary files: %w; make it, or set TMPDIR to another", err)
	}
	if u.registry, err = url.Parse(server.URL() + "/"); err != nil {
		return err
	}
	u.session = world.Session()
	u.idTokens = idtoken.NewSource(idtoken.Options{
		Issuer:   circleci.Provider{},
		Audience: world.Audience(),
		Now:      u.clock.Now,
		Env:      func(name string) string { return map[string]string{"CIRCLECI": "true"}[name] },
		Run: func(context.Context, string, ...string) ([]byte, error) {
			token, err := world.IDToken(world.Audience(), nil)
			return []byte(token.Reveal()), err
		},
	})
	if tag := job().Tag; tag != "" && u.shared.tag == "" && !u.shared.everything {
		_, _ = fmt.Fprint(u.shared.io.err, report.Plain(fmt.Sprintf("%[2]s is %[1]s, which counts for nothing in a rehearsal: "+
			"--tag %[1]s rehearses that release\n", tag, job().TagVariable)))
	}
	_, err = fmt.Fprint(u.shared.io.err,
		report.Plain(fmt.Sprintf("sandbox: npm, GitHub and CircleCI are stood in for, in %s\n", u.shared.sandbox)))
	return err
}

func (r *rehearsal) close() error {
	r.stop()
	err := errors.Join(r.server.Wait(), os.RemoveAll(r.dir))
	r.faults.tell()
	return err
}

// openWorld opens the sandbox's folder; a new one gets a tag for each release of the state file.
func (s *shared) openWorld(
	ctx context.Context, state *desired.State, now func() time.Time, faults *faults,
) (*sandbox.World, error) {
	delay, err := parseScanDelay(s.scanDelay)
	if err != nil {
		return nil, err
	}
	releases, err := state.Releases(ctx, desired.Selection{}, nil)
	if err != nil {
		return nil, err
	}
	o := sandbox.Options{
		Dir: s.sandbox, Repository: someRepository, ScanDelay: delay, Now: now, Middleware: faults.layer.Wrap, NoStatus: s.noStatus,
		OIDCDistTags:    s.oidcDistTags,
		PrivatePackages: slices.ContainsFunc(state.Packages(), func(p desired.Package) bool { return p.Access == spec.AccessRestricted }),
	}
	o.Tags = func() (tags []string, err error) {
		for _, r := range releases {
			tags = append(tags, firstTag(ctx, filepath.Dir(s.file), r, state))
		}
		return tags, ctx.Err() // of a build that was not read to its end, the version is not known
	}
	if state.Spec.Source != nil {
		o.Repository = state.Spec.Source.GitHub
	}
	if tp := state.TrustedPublishers().First(circleci.Type); tp != nil { // the rehearsed job is of its pipeline
		o.Claims = tp.Claims
	}
	return sandbox.Open(o)
}

// faults are what --fault breaks on purpose.
type faults struct {
	layer  *fault.Layer
	wanted []string
	err    io.Writer
}

// breaking reads --fault.
func (s *shared) breaking(now func() time.Time, log *slog.Logger) (*faults, error) {
	o := fault.Options{Now: now, Log: log}
	broken := &faults{err: s.io.err}
	var problems []error
	for _, text := range s.faults {
		f, err := fault.Parse(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("--fault: %w", err))
		}
		o.Faults, broken.wanted = append(o.Faults, f), append(broken.wanted, f.String())
	}
	broken.layer = fault.New(o)
	return broken, errors.Join(problems...)
}

// tell says what became of each fault: a rehearsal that nothing happened to proves nothing.
func (f *faults) tell() {
	hits := map[string]int{}
	for _, hit := range f.layer.Hits() {
		hits[hit.Fault.String()]++
	}
	for _, wanted := range f.wanted {
		line := fmt.Sprintf("fault %s: %d requests broken\n", wanted, hits[wanted])
		switch hits[wanted] {
		case 0:
			line = fmt.Sprintf("warning: fault %s: hit nothing, no request was of its kind\n", wanted)
		case 1:
			line = fmt.Sprintf("fault %s: 1 request broken\n", wanted)
		}
		_, _ = fmt.Fprint(f.err, report.Plain(line))
	}
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
