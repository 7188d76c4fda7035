package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/saved"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// load reads the saved plan and takes from it the flags that shaped it, before anybody is asked anything.
func (a *applying) load(path string, choice place.Choice) error {
	if err := a.shapeless(); err != nil {
		return err
	}
	plan, err := saved.Read(path)
	if err != nil {
		if hint := a.meantAsFolder(path); hint != "" {
			err = fmt.Errorf("%w\n%s", err, hint)
		}
		return err
	}
	if err := plan.Fits(choice.Folder, choice.Job.Tag); err != nil {
		return fmt.Errorf("%s %w", path, err)
	}
	if !a.set.Changed("file") {
		a.file = plan.StateFile.Path
	}
	a.approved, a.approvedFile = &plan, path
	sum, err := desired.Sum(a.file)
	if err != nil {
		return fmt.Errorf("the state file that %s was made from: %w", path, err)
	}
	early := plan // before anybody is asked anything
	early.Program, early.StateFile = buildVersion(), saved.StateFile{Path: a.file, SHA256: sum}
	if differences := plan.Compare(early); len(differences) > 0 {
		return a.stale(differences)
	}
	f := plan.Flags
	a.tag, a.groups, a.packages, a.distTag, a.staged, a.prune = f.Tag, f.Groups, f.Packages, f.DistTag.String(), f.Staged, f.Prune
	for _, action := range f.Only {
		a.only = append(a.only, string(action))
	}
	return nil
}

// shapeless refuses the flags that shape a plan: the one at hand has its shape.
func (a *applying) shapeless() error {
	var problems []error
	for _, name := range []string{"tag", "group", "package", "only", "dist-tag", "staged", "prune"} {
		if a.set.Changed(name) {
			problems = append(problems, fmt.Errorf("--%s: what is done is what the saved plan says: leave it out, or plan again with it", name))
		}
	}
	return errors.Join(problems...)
}

// proposal is a run that is to be agreed to.
type proposal struct {
	choice      place.Choice
	place       *place.Place
	world       reconcile.World
	want        reconcile.Desired
	ask         asked
	credentials credentials
}

// survey makes the plan of the proposal, without its artifacts: the run judges those.
func (p proposal) survey(ctx context.Context, policy reconcile.Policy) (reconcile.Plan, saved.Plan, error) {
	p.world.Inspector = nil
	plan, is, err := reconcile.Survey(ctx, p.world, p.want, policy, reconcile.Options{})
	return plan, saved.New(surroundings(p.choice, p.place, p.ask, policy.Token), p.want, is, plan), err
}

// agree returns the plan that is then all that is done: the approved one, where it still stands, or what somebody at the terminal was
// shown and said yes to. nil: nobody is to be asked, and what is done is found out as it goes.
func (a *applying) agree(ctx context.Context, p proposal) (*saved.Plan, error) {
	switch {
	case a.approved != nil:
		return a.approved, a.stands(ctx, p)
	case a.yes || !a.interactive():
		return nil, nil
	}
	return a.askHuman(ctx, p)
}

// stands tells whether the approved plan is still the one that would be made now.
func (a *applying) stands(ctx context.Context, p proposal) error {
	again := p.ask // as plan asked, whoever acts here, and on how many nodes
	again.shard = nil
	_, now, err := p.survey(ctx, policyFor(again, credentials{token: a.approved.Flags.Token}, nil))
	if err != nil {
		return err
	}
	if differences := a.approved.Compare(now); len(differences) > 0 {
		return a.stale(differences)
	}
	if done := a.approved.Done(now); done > 0 {
		_, _ = fmt.Fprintf(a.io.err, "%s still stands; an earlier run of it made %d of its changes, this one goes on\n", a.approvedFile, done)
	}
	return nil
}

// askHuman shows the plan at a terminal and asks whether to go on.
func (a *applying) askHuman(ctx context.Context, p proposal) (*saved.Plan, error) {
	plan, shown, err := p.survey(ctx, policyFor(p.ask, p.credentials, nil))
	if err != nil {
		return nil, err
	}
	if plan.Summary.Converged {
		return &shown, nil
	}
	guide := a.guide(p.place, p.want)
	document := report.NewPlan(plan, p.place.Registry.String(), p.place.Source(), reconcile.ExitOK, guide)
	if err := document.Write(a.io.err, report.Table, a.colour(a.io.err)); err != nil {
		return nil, err
	}
	if plan.Unreadable() {
		return nil, errors.New("nothing was changed: what could not be read may change the plan; run it again, or with --yes, " +
			"which goes on without")
	}
	if _, err := fmt.Fprint(a.io.err, "Apply what can be done from here? [y/N] "); err != nil {
		return nil, err
	}
	answer := make(chan string, 1)
	go func() { // ends with the answer, or with the process: a terminal's read cannot be cut short
		line, _ := bufio.NewReader(a.io.in).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case line := <-answer:
		if line != "y" && line != "yes" {
			return nil, errors.New("nothing was changed")
		}
		return &shown, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// stale says what has changed, and how to plan again.
func (a *applying) stale(differences []saved.Difference) error {
	f := a.approved.Flags
	shape := []flagValue{{" --tag ", f.Tag, ""}}
	for _, group := range f.Groups {
		shape = append(shape, flagValue{" --group ", group, ""})
	}
	for _, name := range f.Packages {
		shape = append(shape, flagValue{" --package ", name, ""})
	}
	for _, action := range f.Only {
		shape = append(shape, flagValue{" --only ", string(action), ""})
	}
	again := "facets-reconcile plan --out " + words.Quoted(a.approvedFile) +
		spelled(append(shape, flagValue{" --dist-tag ", f.DistTag.String(), ""}))
	if f.Staged {
		again += " --staged"
	}
	if f.Prune {
		again += " --prune"
	}
	return &saved.StaleError{
		Path: a.approvedFile, Made: a.approved.Made, Differences: differences, Again: again + a.repeated(""),
	}
}

// surroundings are what a plan rests on besides what was read.
func surroundings(c place.Choice, p *place.Place, ask asked, token bool) saved.Surroundings {
	return saved.Surroundings{
		Program: buildVersion(), Source: p.Source(), Made: p.Clock.Now(), StateFile: stateFile(p.Project),
		Registry: p.Registry.String(), Sandbox: c.Folder,
		Flags: saved.Flags{
			Tag: p.Tag, Groups: ask.groups, Packages: ask.packages, Only: ask.actions, DistTag: ask.distTag,
			Staged: ask.staged, Prune: ask.prune, Token: token,
		},
	}
}

// stateFile is the state file as it was read: a later look may find another.
func stateFile(p place.Project) saved.StateFile {
	return saved.StateFile{Path: p.File, SHA256: p.State.Sum()}
}
