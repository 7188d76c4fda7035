package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// choose settles where the run takes place: here the flags part the real world from a rehearsal, and nowhere else. With everything, no
// CI job's tag narrows it.
func (f *flags) choose(everything bool) (place.Choice, error) {
	if err := f.check(); err != nil {
		return place.Choice{}, err
	}
	o, err := f.placeOptions(everything)
	if err != nil {
		return place.Choice{}, err
	}
	if f.set.Changed("sandbox") {
		return f.rehearsal(o)
	}
	f.ofSandbox.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed {
			err = errors.Join(err, fmt.Errorf("--%s is the sandbox's: add --sandbox, or leave it out", flag.Name))
		}
	})
	return place.Real(o), err
}

// rehearsal refuses the flags of the real world: a rehearsal must not become the real thing by a slip.
func (f *flags) rehearsal(o place.Options) (place.Choice, error) {
	switch {
	case f.sandbox.Dir == "":
		return place.Choice{}, errors.New("--sandbox= names no folder; leave the = out for " + place.DefaultFolder)
	case f.registry != "" || f.githubAPI != "":
		return place.Choice{}, errors.New("--sandbox brings its own registry and GitHub: leave --registry and --github-api out, or --sandbox")
	}
	return place.Rehearsal(o, f.sandbox)
}

func (f *flags) placeOptions(everything bool) (place.Options, error) {
	log, err := f.logger()
	if err != nil {
		return place.Options{}, err
	}
	clock, err := place.NewClock()
	return place.Options{
		Registry: f.registry, GitHubAPI: f.githubAPI, UserAgent: userAgent(), Everything: everything, Concurrency: f.concurrency,
		Clock: clock, Log: log, Err: f.io.err,
	}, err
}

// given is the tag that a run is for, or "".
func (f *flags) given(c place.Choice) string { return cmp.Or(f.tag, c.Job.Tag) }

// enter opens the place for the state file, and settles what should be. The caller closes the place. Where there is nothing to do, the
// error is a [*nothingToDo].
func (f *flags) enter(ctx context.Context, c place.Choice, w wanting) (*place.Place, reconcile.Desired, error) {
	state, err := f.load()
	if err == nil {
		err = f.known(state)
	}
	if err != nil {
		return nil, reconcile.Desired{}, err
	}
	project := place.Project{File: f.file, State: state, Tag: f.given(c)}
	p, err := c.Enter(ctx, project)
	if err != nil {
		return nil, reconcile.Desired{}, err
	}
	want, err := f.wanted(ctx, c, p, w)
	if err == nil {
		return p, want, nil
	}
	err = errors.Join(err, p.Close())
	var private *desired.PrivatePackageError
	if errors.As(err, &private) {
		err = &nothingToDo{project, private}
	}
	return nil, reconcile.Desired{}, err
}

// known refuses a group or package that the state file does not have: a typing error would narrow the run to nothing.
func (f *flags) known(state *desired.State) error {
	groups, packages := map[string]bool{}, map[string]bool{}
	for _, p := range state.Packages() {
		groups[p.Group], packages[p.Name.String()] = true, true
	}
	var problems []error
	for _, g := range f.groups {
		if !groups[g] {
			problems = append(problems, fmt.Errorf("--group %s: %s has no such group", g, f.file))
		}
	}
	for _, p := range f.packages {
		if !packages[p] {
			problems = append(problems, fmt.Errorf("--package %s: %s has no such package", p, f.file))
		}
	}
	return errors.Join(problems...)
}

// nothingToDo says that the given tag is that of a private package, which is no failure.
type nothingToDo struct {
	project place.Project
	why     error
}

func (n *nothingToDo) Error() string { return n.why.Error() }

// nothing says why there is nothing to do, and writes it for programs too. Every other error is returned as it is.
func (f *flags) nothing(err error, now time.Time) error {
	var idle *nothingToDo
	if !errors.As(err, &idle) {
		return err
	}
	if _, err := fmt.Fprintln(f.io.err, words.Plain(idle.Error())); err != nil {
		return err
	}
	empty := reconcile.Plan{Summary: reconcile.Summary{Converged: true}}
	d := report.NewPlan(empty, "", "", reconcile.ExitOK, report.Guide{})
	d.StateFile = f.stateFile(idle.project.State)
	if report.Format(f.output) == report.Table {
		return exitWith(f.writeReports(d, now))
	}
	return f.write(d, now)
}
