package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func newWait(io streams) *cobra.Command {
	s := &shared{io: io}
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "wait",
		Short: "Wait until a release is served; needs no credentials, except for restricted packages",
		Args:  s.noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.with(c.Context(), "", func(u *setup, format report.Format) error {
				if !slices.ContainsFunc(u.want.Releases, func(r desired.Release) bool { return r.Selected && r.Version != "" }) {
					return errors.New("there is no release to wait for: give its --tag")
				}
				u.patience = runPatience
				client, err := u.client(nil)
				if err != nil {
					return err
				}
				defer client.CloseIdleConnections()
				var exchange *actor.Exchange
				if u.anyRestricted() {
					exchange = u.exchange(client)
					client = u.reading(client, exchange)
				}
				observer := u.observer(client, nil, exchange)
				u.want.TrustedPublishers = nil // what is served does not depend on it
				policy := u.policy()
				policy.Actions = []reconcile.Action{reconcile.Publish}
				policy.Token = true
				world := reconcile.World{Observer: observer, Clock: u.clock, Progress: s.progress(u)}
				result, runErr := reconcile.Run(c.Context(), world, u.want, policy,
					reconcile.Options{Concurrency: s.concurrency, Timeout: timeout, Await: true})
				return s.conclude(c.Context(), u, result, runErr, format)
			})
		},
	}
	s.bind(c.Flags())
	s.bindReports(c.Flags())
	s.notify.bind(c.Flags())
	s.notify.awaited = true
	c.Flags().DurationVar(&timeout, "timeout", defaultTimeout, "how long to wait")
	return c
}

// conclude writes the result of a run, also of one that was interrupted, and ends the command with its exit code.
func (s *shared) conclude(
	ctx context.Context, u *setup, result reconcile.Result, runErr error, format report.Format,
) error {
	code := result.ExitCode()
	if runErr != nil {
		code = reconcile.ExitError
	}
	if code == reconcile.ExitWaiting && !result.Blocked() {
		_, _ = fmt.Fprintln(s.io.err, "the time to wait is over; run it again to go on") // nobody may read along
	}
	document := report.NewResult(result, u.registry.String(), u.source(), code, u.guide())
	err := s.write(document, format)
	s.notify.ran(ctx, u, result, document)
	if runErr != nil {
		return runErr
	}
	return err
}
