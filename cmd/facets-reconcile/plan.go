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

// planning are the flags of plan.
type planning struct {
	*shared
	shaping
	out       string
	detailed  bool
	artifacts bool
}

func newPlan(io streams) *cobra.Command {
	p := &planning{shared: &shared{io: io, ownTags: true}}
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show the difference between what should be and what is; change nothing",
		Args:  p.noArguments,
		RunE:  func(c *cobra.Command, _ []string) error { return p.run(c.Context()) },
	}
	f := c.Flags()
	p.shared.bind(f)
	p.bindReports(f)
	p.shaping.bind(f)
	f.BoolVar(&p.detailed, "detailed-exitcode", false,
		"1: error, 2: changes pending or drift, 3: only a human's, 4: waiting for the registry; the first that fits")
	f.StringVar(&p.out, "out", "", "save the plan in `FILE`, for apply FILE; folders that are missing are made")
	f.BoolVar(&p.artifacts, "artifacts", false, "judge the artifacts of what would be published, too; a rehearsal always does")
	return c
}

func (p *planning) run(ctx context.Context) error {
	if err := p.checkOut(); err != nil {
		return err
	}
	actions, distTag, err := p.parse(p.shared)
	if err != nil {
		return err
	}
	idle := true
	err = p.with(ctx, distTag, func(u *setup, format report.Format) error {
		idle = false
		policy := u.policy()
		policy.Actions, policy.Prune, policy.Token = actions, p.prune, u.byToken(u.exchanges(), "auto")
		plan, is, err := u.preview(ctx, policy, p.artifacts || u.sandbox != nil)
		if err != nil {
			return err
		}
		code := reconcile.ExitOK
		if p.detailed {
			code = plan.ExitCode()
		} else if plan.Unreadable() || plan.Refused() {
			code = reconcile.ExitError
		}
		if p.out != "" {
			if err := p.save(u, is, plan); err != nil {
				return err
			}
		}
		return p.write(report.NewPlan(plan, u.registry.String(), u.source(), code, u.guide()), format)
	})
	if err == nil && idle && p.out != "" {
		return p.saveNothing()
	}
	return err
}

// preview plans with all the evidence that can be had without asking a human.
func (u *setup) preview(ctx context.Context, policy reconcile.Policy, artifacts bool) (reconcile.Plan, observed.Snapshot, error) {
	client, err := u.client(nil)
	if err != nil {
		return reconcile.Plan{}, nil, err
	}
	defer client.CloseIdleConnections()
	exchange := u.exchange(client)
	world := reconcile.World{Observer: u.observer(u.reading(client, exchange), u.evidence(client, exchange), exchange), Clock: u.clock}
	if artifacts {
		world.Inspector = actor.Inspector{
			Artifacts: u.artifacts(), Registry: client, Address: u.address(), Direct: !policy.Token, Now: u.clock.Now, Log: u.log,
		}
	}
	return reconcile.Survey(ctx, world, u.want, policy, reconcile.Options{Concurrency: u.shared.concurrency})
}

// exchanges tells whether ID tokens are to be expected. In a rehearsal a session is at hand, too, and the state file tells
// which publishes.
func (u *setup) exchanges() bool {
	return u.idTokens.Available() && (u.sandbox == nil || len(u.want.TrustedPublishers) > 0)
}

// exchange returns the way from ID tokens to credentials, or nil where no ID token is to be expected.
func (u *setup) exchange(client *npm.Client) *actor.Exchange {
	if !u.exchanges() {
		return nil
	}
	return &actor.Exchange{Registry: client, IDTokens: u.idTokens, Want: u.want.TrustedPublishers, Now: u.clock.Now}
}

// evidence returns who can tell about trusted publishers, or nil where nobody wants to know. With an ID token expected, a
// session is not used, except in a sandbox, which is both CI and human.
func (u *setup) evidence(client *npm.Client, exchange *actor.Exchange) observed.TrustReader {
	if len(u.want.TrustedPublishers) == 0 {
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
		TrustedPublishers: u.want.TrustedPublishers, AccessPage: accessPage(u.registry),
		Sandbox: u.sandbox != nil, Seeding: u.seeding, OTP: u.otp,
	}
	if u.shared.registry != "" { // npm would log in elsewhere
		g.Login = " --registry " + quoted(u.shared.registry)
	}
	auth := u.auth
	if auth == "oidc" { // what a human is to do takes a session; where there is an ID token, it is used anyway
		auth = ""
	}
	for _, flag := range []struct{ name, value, usual string }{
		{"-f", u.shared.file, desired.DefaultFile}, {"--registry", u.shared.registry, ""}, {"--github-api", u.shared.githubAPI, ""},
		{"--auth", auth, ""},
	} {
		if flag.value != flag.usual {
			g.Flags += " " + flag.name + " " + quoted(flag.value)
		}
	}
	if u.sandbox != nil {
		g.Flags += " --sandbox=" + quoted(u.shared.sandbox)
		g.AccessPage = nil // it ends with this program
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
