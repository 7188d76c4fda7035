package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// defaultLast is how many released versions of an entry are looked into, before the latest.
const defaultLast = 3

// The drift issue.
const (
	driftLabel = "npm-drift"
	maxBody    = 60_000 // bytes; GitHub takes 65536 characters
)

// drifting is one nightly check.
type drifting struct {
	*flags
	earlier int
	issue   bool
}

func newDrift(io streams) *cobra.Command {
	d := &drifting{flags: &flags{io: io}}
	c := &cobra.Command{
		Use:   "drift",
		Short: "The nightly check: compare everything, and audit what is public already",
		Long: "Compare everything in the state file with the registry, whatever tag a job is for, and audit what is public already:\n" +
			"the versions of each entry that a dist-tag points at, and the last ones before them. It changes nothing.\n\n" +
			"Exit codes: 1 where something could not be read, 2 drift, 3 where only a human can help, 4 only the registry has to finish,\n" +
			"0 clean; the first of these that fits.",
		Args: d.noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return d.run(c.Context()) },
	}
	d.bind(c.Flags())
	d.bindReports(c.Flags())
	d.notify.bind(c.Flags())
	for _, narrowing := range []string{"tag", "group", "package"} {
		c.Flags().Lookup(narrowing).Hidden = true
	}
	c.Flags().IntVar(&d.earlier, "last", defaultLast, "how many versions of each entry to audit before the latest, and how many earlier tags")
	c.Flags().BoolVar(&d.issue, "github-issue", false, "keep one issue of the repository up to date (needs $GITHUB_TOKEN with Issues: write)")
	return c
}

func (d *drifting) run(ctx context.Context) (err error) {
	choice, err := d.choose(true)
	if err != nil {
		return err
	}
	if err := d.refuse(choice); err != nil {
		return err
	}
	where, want, err := d.enter(ctx, choice, wanting{earlier: d.earlier, tags: tagsReported})
	if err != nil {
		return err // no tag is given, so there is no private package's
	}
	defer func() { err = errors.Join(err, where.Close()) }()
	if d.issue && where.Source() == "" {
		return fmt.Errorf("--github-issue: %s names no repository: give it under spec.source.github", d.file)
	}
	connection, err := where.Connect(place.Connecting{NoIDTokens: where.ReadsWithoutIDTokens()})
	if err != nil {
		return err
	}
	world := reconcile.World{Observer: connection.Observer(connection.Evidence()), Clock: where.Clock}
	auditor := observed.Auditor{
		Archive: connection.Client, Attestations: actor.Attestations{Registry: connection.Client}, Concurrency: d.concurrency,
	}
	policy := policyFor(asked{}, credentials{token: connection.ByToken()}, nil)
	plan, err := reconcile.Drift(ctx, world, auditor, want, policy, d.earlier)
	if err != nil {
		return err
	}
	document := report.NewDrift(plan, where.Registry.String(), where.Source(), plan.ExitCode(), d.guide(where, want, ""))
	document.StateFile = d.stateFile(where.State)
	var kept *keptIssue
	var issueErr error
	if d.issue {
		if kept, issueErr = d.keepIssue(ctx, where, plan, document); issueErr != nil {
			document.ExitCode = reconcile.ExitError
		}
	}
	defer d.notify.drifted(ctx, where, plan, document, kept) // once the result is written
	if err := d.write(document, where.Clock.Now()); issueErr == nil {
		return err
	}
	return issueErr
}

// refuse names what would leave something out, and what cannot work, before anything is asked for.
func (d *drifting) refuse(choice place.Choice) error {
	if choice.Ignored != "" {
		_, _ = fmt.Fprintf(d.io.err, "%s is %s, which narrows nothing here: drift looks at everything\n",
			choice.Job.TagVariable, words.Plain(choice.Ignored))
	}
	switch {
	case d.tag != "":
		return errors.New("drift looks at everything: leave --tag out, or use plan --tag " + d.tag)
	case len(d.groups)+len(d.packages) > 0:
		return errors.New("drift looks at everything: leave --group and --package out, or use plan")
	case d.earlier < 0:
		return fmt.Errorf("--last %d: give the number of versions to look into, from 0", d.earlier)
	case d.issue && choice.NoIssues != nil:
		return fmt.Errorf("--github-issue: %w", choice.NoIssues)
	}
	return nil
}

// keptIssue is what became of the drift issue.
type keptIssue struct {
	change  github.IssueChange
	address string
}

// keepIssue keeps the drift issue: open while there is drift, closed when there is none. Where that cannot be told, as something could
// not be read or the registry has to finish, it is left as it is.
func (d *drifting) keepIssue(
	ctx context.Context, where *place.Place, plan reconcile.Plan, document report.Document,
) (*keptIssue, error) {
	if !plan.Drifted() && plan.ExitCode() != reconcile.ExitOK {
		_, err := fmt.Fprintln(d.io.err, "the issue is left as it is: whether there is drift cannot be told for now")
		return &keptIssue{change: github.IssueKept}, err
	}
	issue, err := issueOf(where.State.Metadata.Name, document, plan.Drifted())
	if err != nil {
		return nil, err
	}
	client, err := where.GitHub(where.Source())
	if err != nil {
		return nil, err
	}
	change, address, err := client.Settle(ctx, issue)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--github-issue: %w", err)
	case address == "":
		return &keptIssue{change: change}, nil
	}
	_, err = fmt.Fprintf(d.io.err, "issue %s: %s\n", change, words.Plain(address))
	return &keptIssue{change, address}, err
}

// issueOf writes the issue of a state file. The marker tells it from those of other state files in the repository.
func issueOf(name string, d report.Document, open bool) (github.Issue, error) {
	marker := fmt.Sprintf("<!-- facets-reconcile drift: %s -->", url.QueryEscape(name))
	title := "npm: drift"
	if name != "" {
		title += " of " + name
	}
	var text bytes.Buffer
	if err := d.Write(&text, report.Markdown, false); err != nil {
		return github.Issue{}, err
	}
	const about = "Kept up to date by `facets-reconcile drift`, which closes it when there is nothing left. What is edited here is lost.\n\n"
	return github.Issue{
		Label: driftLabel, Marker: marker, Title: title, Open: open, Body: marker + "\n\n" + about + report.Cut(text.String(), maxBody),
	}, nil
}
