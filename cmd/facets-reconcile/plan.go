package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func newPlan(io streams) *cobra.Command {
	s := &shared{io: io}
	var detailed bool
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show the difference between what should be and what is; change nothing",
		Args:  s.noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.with(c.Context(), "", func(u *setup, format report.Format) error {
				plan, err := u.preview(c.Context())
				if err != nil {
					return err
				}
				code := reconcile.ExitOK
				if detailed {
					code = plan.ExitCode()
				} else if plan.Unreadable() {
					code = reconcile.ExitError
				}
				return s.write(report.NewPlan(plan, u.registry.String(), u.source(), code, u.guide()), format)
			})
		},
	}
	s.bind(c.Flags())
	s.bindReports(c.Flags())
	c.Flags().BoolVar(&detailed, "detailed-exitcode", false,
		"2: changes pending, 3: only a human's, 4: waiting for the registry, 1: error")
	return c
}

// preview plans with all the evidence that can be had without asking a human.
func (u *setup) preview(ctx context.Context) (reconcile.Plan, error) {
	client, err := u.client(nil)
	if err != nil {
		return reconcile.Plan{}, err
	}
	defer client.CloseIdleConnections()
	world := reconcile.World{Observer: u.observer(client, u.evidence(client, u.exchange(client))), Clock: u.clock}
	return reconcile.Preview(ctx, world, u.want, u.policy())
}

// exchange returns the way from ID tokens to credentials, or nil where no ID token is to be expected.
func (u *setup) exchange(client *npm.Client) *actor.Exchange {
	if !u.idTokens.Available() || u.sandbox != nil && u.want.TrustedPublisher == nil {
		return nil // in a rehearsal both are at hand, and the state file tells which publishes
	}
	return &actor.Exchange{Registry: client, IDTokens: u.idTokens, Want: u.want.TrustedPublisher, Now: u.clock.Now}
}

// evidence returns who can tell about trusted publishers, or nil where nobody wants to know. With an ID token expected, a
// session is not used, except in a sandbox, which is both CI and human.
func (u *setup) evidence(client *npm.Client, exchange *actor.Exchange) observed.TrustReader {
	if u.want.TrustedPublisher == nil {
		return nil
	}
	e := actor.Evidence{Exchange: exchange, Now: u.clock.Now}
	if !u.session.Empty() && (exchange == nil || u.sandbox != nil) {
		e.Session = client
	}
	return e
}

func (u *setup) guide() report.Guide {
	g := report.Guide{
		TrustedPublisher: u.want.TrustedPublisher, AccessPage: accessPage(u.registry),
		Sandbox: u.sandbox != nil, Seeding: u.seeding,
	}
	for _, flag := range []struct{ name, value, usual string }{
		{"-f", u.shared.file, desired.DefaultFile}, {"--registry", u.shared.registry, ""}, {"--github-api", u.shared.githubAPI, ""},
		{"--auth", u.auth, ""},
	} {
		if flag.value != flag.usual {
			g.Flags += " " + flag.name + " " + flag.value
		}
	}
	if u.sandbox != nil {
		g.Flags += " --sandbox=" + u.shared.sandbox
	}
	return g
}

// write writes a document, and the reports that were asked for, and ends the command with its exit code.
func (s *shared) write(d report.Document, f report.Format) error {
	err := d.Write(s.io.out, f, s.colour(s.io.out))
	code := s.writeReports(d)
	if err != nil {
		return err
	}
	return exitWith(code)
}
