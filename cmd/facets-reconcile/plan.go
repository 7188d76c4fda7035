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

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/saved"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// planning are the flags of plan.
type planning struct {
	*flags
	askFlags
	out       string
	detailed  bool
	artifacts bool
	comment   commenting
}

func newPlan(io streams) *cobra.Command {
	p := &planning{flags: &flags{io: io}}
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show the difference between what should be and what is; change nothing",
		Args:  p.noArguments,
		RunE:  func(c *cobra.Command, _ []string) error { return p.run(c.Context()) },
	}
	f := c.Flags()
	p.flags.bind(f)
	p.bindReports(f)
	p.askFlags.bind(f)
	f.BoolVar(&p.detailed, "detailed-exitcode", false,
		"1: error, 2: changes pending or drift, 3: only a human's, 4: waiting for the registry; the first that fits")
	f.StringVar(&p.out, "out", "", "save the plan in `FILE`, for apply FILE; folders that are missing are made")
	p.comment.bind(f)
	f.BoolVar(&p.artifacts, "artifacts", false, "judge the artifacts of what would be published, too; a rehearsal always does")
	return c
}

func (p *planning) run(ctx context.Context) (err error) {
	if err := p.checkOut(); err != nil {
		return err
	}
	choice, err := p.choose(false)
	if err == nil {
		err = p.comment.find(choice)
	}
	if err != nil {
		return err
	}
	ask, err := p.read(p.flags, p.given(choice))
	if err != nil {
		return err
	}
	where, want, err := p.enter(ctx, choice, ask.wanting(tagsOfCheckout))
	if err != nil {
		return p.idle(err, choice)
	}
	defer func() { err = errors.Join(err, where.Close()) }()
	connection, err := where.Connect(place.Connecting{NoIDTokens: where.ReadsWithoutIDTokens()})
	if err != nil {
		return err
	}
	world := reconcile.World{
		Observer: connection.Observer(connection.Evidence()), Inspector: connection.Inspector(p.artifacts), Clock: where.Clock,
	}
	policy := policyFor(ask, credentials{token: connection.ByToken()}, nil)
	plan, is, err := reconcile.Survey(ctx, world, want, policy, reconcile.Options{Concurrency: p.concurrency})
	if err != nil {
		return err
	}
	switch {
	case p.out == "":
	case plan.Unreadable(): // the exit code says so, too
		_, _ = fmt.Fprintf(p.io.err, "%s was not written: what could not be read may change the plan; plan again\n", p.out)
	default:
		if err := saved.Write(p.out, saved.New(surroundings(choice, where, ask, policy.Token), want, is, plan)); err != nil {
			return err
		}
	}
	guide := p.guide(where, want, "")
	guide.Staged, guide.DistTag = p.restaged(), p.retagged()
	document := report.NewPlan(plan, where.Registry.String(), where.Source(), p.code(plan), guide)
	document.StateFile = p.stateFile(where.State)
	commentErr := p.comment.keep(ctx, p.flags, where, document)
	if commentErr != nil {
		document.ExitCode = reconcile.ExitError
	}
	if err := p.write(document, where.Clock.Now()); commentErr == nil {
		return err
	}
	return commentErr
}

// code is the exit code that goes with a plan.
func (p *planning) code(plan reconcile.Plan) int {
	switch {
	case p.detailed:
		return plan.ExitCode()
	case plan.Unreadable(), plan.Refused():
		return reconcile.ExitError
	}
	return reconcile.ExitOK
}

// idle says that there is nothing to do, where that is the error, and saves a plan of nothing: there is nothing to do then as now.
func (p *planning) idle(err error, choice place.Choice) error {
	var nothing *nothingToDo
	said := p.nothing(err, choice.Clock.Now())
	if said != nil || p.out == "" || !errors.As(err, &nothing) {
		return said
	}
	s := saved.Surroundings{
		Program: buildVersion(), Made: choice.Clock.Now(), StateFile: stateFile(nothing.project), Sandbox: choice.Folder,
		Flags: saved.Flags{Tag: nothing.project.Tag},
	}
	return saved.Write(p.out, saved.New(s, reconcile.Desired{}, nil, reconcile.Plan{}))
}

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
