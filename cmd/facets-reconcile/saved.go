package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/saved"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// checkOut refuses a file for the saved plan that is needed for something else.
func (p *planning) checkOut() error {
	if p.out == "" {
		return nil
	}
	if p.out == "-" || strings.HasSuffix(p.out, "/") {
		return fmt.Errorf("--out %s: name a file; what goes to stdout is chosen by -o", p.out)
	}
	info, err := os.Lstat(p.out)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("--out %s is there and no regular file: name another", p.out)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--out: %w", err)
	}
	if state, err := os.Stat(p.file); err == nil && info != nil && os.SameFile(info, state) {
		return fmt.Errorf("--out %s is the state file: name another", p.out)
	}
	if slices.ContainsFunc(p.reports, func(r reportFile) bool { return r.path == filepath.Clean(p.out) }) {
		return fmt.Errorf("--out %s is the file of a --report: name another", p.out)
	}
	return nil
}

// save writes what apply FILE needs. A plan that may lack something is not kept.
func (p *planning) save(u *setup, is observed.Snapshot, plan reconcile.Plan) error {
	if plan.Unreadable() {
		_, _ = fmt.Fprintf(p.io.err, "%s was not written: what could not be read may change the plan; plan again\n", p.out)
		return nil // the exit code says so, too
	}
	s, err := p.surroundings(u, p.shaping)
	if err != nil {
		return err
	}
	return saved.Write(p.out, saved.New(s, u.want, is, plan))
}

// saveNothing keeps the plan for the tag of a private package: there is nothing to do, then as now.
func (p *planning) saveNothing() error {
	clock, err := newClock()
	if err != nil {
		return err
	}
	tag := p.tag
	if tag == "" && p.sandbox == "" {
		tag = job().Tag
	}
	folder, err := p.sandboxFolder()
	if err != nil {
		return err
	}
	s := saved.Surroundings{
		Program: buildVersion(), Made: clock.Now(), StateFile: p.stateFile(), Sandbox: folder, Flags: saved.Flags{Tag: tag},
	}
	return saved.Write(p.out, saved.New(s, reconcile.Desired{}, nil, reconcile.Plan{}))
}

// surroundings are what the plan rests on besides what was read.
func (s *shared) surroundings(u *setup, shape shaping) (saved.Surroundings, error) {
	around := saved.Surroundings{
		Program: buildVersion(), Source: u.source(), Made: u.clock.Now(), StateFile: s.stateFile(),
		Flags: saved.Flags{
			Tag: u.given(), Groups: s.groups, Packages: s.packages, DistTag: spec.DistTag(shape.distTag), Prune: shape.prune,
			Token: u.byToken(u.exchanges(), "auto"),
		},
	}
	for _, action := range shape.only {
		around.Flags.Only = append(around.Flags.Only, reconcile.Action(action))
	}
	var err error
	if around.Sandbox, err = s.sandboxFolder(); around.Sandbox == "" {
		around.Registry = u.registry.String()
	}
	return around, err
}

// sandboxFolder is where the rehearsal is kept, or "". The registry's port differs between runs, the folder does not.
func (s *shared) sandboxFolder() (string, error) {
	if s.sandbox == "" {
		return "", nil
	}
	return filepath.Abs(s.sandbox)
}

// stateFile is the state file as it was read: a later look may find another.
func (s *shared) stateFile() saved.StateFile { return saved.StateFile{Path: s.file, SHA256: s.sum} }

// load reads the saved plan and takes from it the flags that shaped it, before anybody is asked anything.
func (a *applying) load(path string) error {
	if err := a.shapeless(); err != nil {
		return err
	}
	plan, err := saved.Read(path)
	if err != nil {
		if a.sandbox == defaultSandbox {
			err = fmt.Errorf("%w\nif %s is the folder for the sandbox, give it as --sandbox=%s", err, path, quoted(path))
		}
		return err
	}
	folder, err := a.sandboxFolder()
	switch {
	case err != nil:
		return err
	case plan.Sandbox != "" && folder != plan.Sandbox:
		return fmt.Errorf("%s is the plan of a rehearsal: apply it with --sandbox=%s", path, quoted(plan.Sandbox))
	case plan.Sandbox == "" && folder != "":
		return fmt.Errorf("%s is no plan of a rehearsal: leave --sandbox out, or plan with it", path)
	}
	if tag := job().Tag; folder == "" && tag != "" && tag != plan.Flags.Tag {
		return fmt.Errorf("%s was not made for the tag of this job, %s: apply it in the pipeline that it was made in, or plan again", path, tag)
	}
	if !a.flags.Changed("file") {
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
	a.tag, a.groups, a.packages, a.distTag, a.prune = f.Tag, f.Groups, f.Packages, f.DistTag.String(), f.Prune
	for _, action := range f.Only {
		a.only = append(a.only, string(action))
	}
	return nil
}

// shapeless refuses the flags that shape a plan: the one at hand has its shape.
func (a *applying) shapeless() error {
	var problems []error
	for _, name := range []string{"tag", "group", "package", "only", "dist-tag", "prune"} {
		if a.flags.Changed(name) {
			problems = append(problems, fmt.Errorf("--%s: what is done is what the saved plan says: leave it out, or plan again with it", name))
		}
	}
	return errors.Join(problems...)
}

// agreed tells whether to act: with an approved plan that still stands, which then is all that is done, or when somebody at
// the terminal says so.
func (a *applying) agreed(ctx context.Context, u *setup, world reconcile.World, policy *reconcile.Policy) (bool, error) {
	if a.approved == nil {
		return a.ask(ctx, u, world, policy)
	}
	again := u.policy() // that of plan, whoever acts here
	again.Actions, again.Prune, again.Token = policy.Actions, policy.Prune, a.approved.Flags.Token
	world.Inspector = nil // the run judges the artifacts
	plan, is, err := reconcile.Survey(ctx, world, u.want, again, reconcile.Options{})
	if err != nil {
		return false, err
	}
	around, err := a.surroundings(u, a.shaping)
	if err != nil {
		return false, err
	}
	now := saved.New(around, u.want, is, plan)
	if differences := a.approved.Compare(now); len(differences) > 0 {
		return false, a.stale(differences)
	}
	policy.Allowed, policy.From, policy.Shown = a.approved.Allowed(), a.approved.From(), a.approved.Shown()
	policy.Session = policy.Session && a.approved.Has(reconcile.Trust)
	if done := a.approved.Done(now); done > 0 {
		_, _ = fmt.Fprintf(a.io.err, "%s still stands; an earlier run of it made %d of its changes, this one goes on\n", a.approvedFile, done)
	}
	return true, nil
}

// stale says what has changed, and how to plan again.
func (a *applying) stale(differences []saved.Difference) error {
	f := a.approved.Flags
	again := []string{"facets-reconcile plan --out " + quoted(a.approvedFile)}
	add := func(flag string, values ...string) {
		for _, value := range values {
			if value != "" {
				again = append(again, flag+quoted(value))
			}
		}
	}
	add("--tag ", f.Tag)
	add("--group ", f.Groups...)
	add("--package ", f.Packages...)
	for _, action := range f.Only {
		add("--only ", string(action))
	}
	add("--dist-tag ", f.DistTag.String())
	if f.Prune {
		add("", "--prune")
	}
	if a.file != desired.DefaultFile {
		add("-f ", a.file)
	}
	add("--registry ", a.registry)
	add("--github-api ", a.githubAPI)
	add("--sandbox=", a.sandbox)
	return &saved.StaleError{
		Path: a.approvedFile, Made: a.approved.Made, Differences: differences, Again: strings.Join(again, " "),
	}
}
