package place

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/fault"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

const (
	// DefaultFolder is where a sandbox is kept unless another folder is named.
	DefaultFolder = ".facets-sandbox"
	// someRepository is the sandbox's on GitHub where the state file names none.
	someRepository = "example/project"
)

// Sandbox is what a command asks of a sandbox.
type Sandbox struct {
	Dir                    string
	ScanDelay              string // of what is published or staged
	ApprovalDelay          string // of what was approved, until it is served
	Faults                 []string
	NoStatus, OIDCDistTags bool // what nobody knows of npm for certain
}

// Open opens the sandbox's folder; a new one gets a tag for each release of the state file. Of the options, the clock, the log, which
// may be nil, and stderr count.
func (s Sandbox) Open(ctx context.Context, project Project, o Options) (*sandbox.World, *Faults, error) {
	faults, err := readFaults(s.Faults, o.Clock.Now, o.Log, o.Err)
	if err != nil {
		return nil, nil, err
	}
	scan, scanErr := parseDelay("--scan-delay", s.ScanDelay)
	approval, err := parseDelay("--approval-delay", s.ApprovalDelay)
	if err := errors.Join(scanErr, err); err != nil {
		return nil, nil, err
	}
	releases, err := project.State.Releases(ctx, desired.Selection{}, nil)
	if err != nil {
		return nil, nil, err
	}
	options := sandbox.Options{
		Dir: s.Dir, Repository: project.Source(), ScanDelay: scan, ApprovalDelay: approval, Now: o.Clock.Now, Middleware: faults.layer.Wrap,
		NoStatus: s.NoStatus, OIDCDistTags: s.OIDCDistTags, PrivatePackages: anyRestricted(project.State),
	}
	if options.Repository == "" {
		options.Repository = someRepository
	}
	options.Tags = func() (tags []string, err error) {
		for _, r := range releases {
			if r.TagForm != "" { // else no tag asks for it
				tags = append(tags, firstTag(ctx, project.Root(), r, project.State))
			}
		}
		return tags, ctx.Err() // an interrupted build does not tell its version
	}
	options.Jobs = map[string]sandbox.Job{}
	for _, tp := range slices.Backward(project.State.TrustedPublishers()) { // the rehearsed job is the first's of its kind
		options.Jobs[tp.Type] = sandbox.JobOf(tp)
	}
	world, err := sandbox.Open(options)
	return world, faults, err
}

// parseDelay reads a flag's "2s", which is the same for all packages, or "1s..5s", which differs from package to package but never from
// run to run.
func parseDelay(flag, s string) (func(spec.Name, spec.Version) time.Duration, error) {
	low, high, ranged := strings.Cut(s, "..")
	shortest, err := time.ParseDuration(low)
	longest := shortest
	if ranged && err == nil {
		longest, err = time.ParseDuration(high)
	}
	if err != nil || shortest < 0 || longest < shortest {
		return nil, fmt.Errorf("%s %q: give a duration such as 2s, or a range such as 1s..5s", flag, s)
	}
	return func(name spec.Name, _ spec.Version) time.Duration {
		h := fnv.New32a()
		_, _ = h.Write([]byte(name)) // a hash takes everything
		return shortest + time.Duration(h.Sum32()%1000)*(longest-shortest)/1000
	}, nil
}

// Faults are what --fault breaks on purpose.
type Faults struct {
	layer  *fault.Layer
	wanted []string
	err    io.Writer
}

// readFaults reads the values of --fault. The log may be nil.
func readFaults(texts []string, now func() time.Time, log *slog.Logger, err io.Writer) (*Faults, error) {
	o := fault.Options{Now: now, Log: log}
	broken := &Faults{err: err}
	var problems []error
	for _, text := range texts {
		f, err := fault.Parse(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("--fault: %w", err))
		}
		o.Faults, broken.wanted = append(o.Faults, f), append(broken.wanted, f.String())
	}
	broken.layer = fault.New(o)
	return broken, errors.Join(problems...)
}

// Tell says how many requests each fault has broken: a rehearsal in which nothing broke proves nothing.
func (f *Faults) Tell() {
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
		_, _ = fmt.Fprint(f.err, words.Plain(line))
	}
}
