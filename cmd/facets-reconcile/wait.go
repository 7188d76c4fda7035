package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// waiting are the flags of wait.
type waiting struct {
	*flags
	timeout time.Duration
}

func newWait(io streams) *cobra.Command {
	w := &waiting{flags: &flags{io: io}}
	c := &cobra.Command{
		Use:   "wait",
		Short: "Wait until a release is served; needs no credentials, except for restricted packages",
		Args:  w.noArguments,
		RunE:  func(c *cobra.Command, _ []string) error { return w.run(c.Context()) },
	}
	w.bind(c.Flags())
	w.bindReports(c.Flags())
	w.notify.bind(c.Flags())
	w.notify.awaited = true
	c.Flags().DurationVar(&w.timeout, "timeout", defaultTimeout, "how long to wait")
	return c
}

func (w *waiting) run(ctx context.Context) (err error) {
	choice, err := w.choose(false)
	if err != nil {
		return err
	}
	where, want, err := w.enter(ctx, choice, wanting{})
	if err != nil {
		return w.nothing(err, choice.Clock.Now())
	}
	defer func() { err = errors.Join(err, where.Close()) }()
	if !slices.ContainsFunc(want.Releases, func(r desired.Release) bool { return r.Selected && r.Version != "" }) {
		return errors.New("there is no release to wait for: give its --tag")
	}
	want.TrustedPublishers = nil // what is served does not depend on it
	connection, err := where.Connect(place.Connecting{Patience: runPatience, NoIDTokens: !where.AnyRestricted()})
	if err != nil {
		return err
	}
	ask := asked{actions: []reconcile.Action{reconcile.Publish}, groups: w.groups, packages: w.packages}
	world := reconcile.World{Observer: connection.Observer(nil), Clock: where.Clock, Progress: w.progress(where)}
	result, runErr := reconcile.Run(ctx, world, want, policyFor(ask, credentials{token: true}, nil),
		reconcile.Options{Concurrency: w.concurrency, Timeout: w.timeout, Await: true})
	return w.conclude(ctx, where, want, w.guide(where, want, ""), result, runErr)
}
