package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// defaultLast is how many released versions of an entry are looked into, before the latest.
const defaultLast = 3

// drifting is one nightly check.
type drifting struct {
	*shared
	issue bool
}

func newDrift(io streams) *cobra.Command {
	d := &drifting{shared: &shared{io: io, everything: true}}
	c := &cobra.Command{
		Use:   "drift",
		Short: "The nightly check: compare everything, and audit what is public already",
		Long: "Compare everything in the state file with the registry, whatever tag a job is for, and audit what is public already:\n" +
			"the versions of each entry that a dist-tag points at, and the last ones before them. It changes nothing.\n\n" +
			"Exit codes: 1 where something could not be read, 2 drift, 3 where only a human can help, 4 only the registry has to finish,\n" +
			"0 clean; the first of these that fits.",
		Args: d.noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := d.refuse(); err != nil {
				return err
			}
			return d.with(c.Context(), "", func(u *setup, format report.Format) error { return d.run(c.Context(), u, format) })
		},
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

// refuse names what would leave something out, and what cannot work, before anything is asked for.
func (d *drifting) refuse() error {
	if tag := os.Getenv("CIRCLE_TAG"); tag != "" && d.sandbox == "" {
		_, _ = fmt.Fprintf(d.io.err, "CIRCLE_TAG is %s, which narrows nothing here: drift looks at everything\n", report.Plain(tag))
	}
	switch {
	case d.tag != "":
		return errors.New("drift looks at everything: leave --tag out, or use plan --tag " + d.tag)
	case len(d.groups)+len(d.packages) > 0:
		return errors.New("drift looks at everything: leave --group and --package out, or use plan")
	case d.earlier < 0:
		return fmt.Errorf("--last %d: give the number of versions to look into, from 0", d.earlier)
	case d.issue && d.sandbox == "" && githubToken() == "":
		return errors.New("--github-issue: set GITHUB_TOKEN to a token that has the permission Issues: read and write in the repository")
	}
	return nil
}

func (d *drifting) run(ctx context.Context, u *setup, format report.Format) error {
	if d.issue && u.source() == "" {
		return fmt.Errorf("--github-issue: %s names no repository: give it under spec.source.github", d.file)
	}
	client, err := u.client(nil)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	exchange := u.exchange(client)
	reading := u.reading(client, exchange)
	world := reconcile.World{Observer: u.observer(reading, u.evidence(client, exchange), exchange), Clock: u.clock}
	auditor := observed.Auditor{Archive: reading, Concurrency: d.concurrency}
	plan, err := reconcile.Drift(ctx, world, auditor, u.want, reconcile.Policy{Token: u.byToken(u.exchanges(), "auto")}, d.earlier)
	if err != nil {
		return err
	}
	document := report.NewDrift(plan, u.registry.String(), u.source(), plan.ExitCode(), u.guide())
	var kept *settled
	var issueErr error
	if d.issue {
		if kept, issueErr = u.tell(ctx, plan, document); issueErr != nil {
			document.ExitCode = reconcile.ExitError
		}
	}
	defer d.notify.drifted(ctx, u, plan, document, kept) // once the result is written
	if err := d.write(document, format); issueErr == nil {
		return err
	}
	return issueErr
}
