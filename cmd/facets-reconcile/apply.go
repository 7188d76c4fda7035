package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/saved"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// applying are the flags of apply.
type applying struct {
	*shared
	shaping
	yes     bool
	timeout time.Duration
	otp     string
	auth    string
	shard   string
	verify  bool

	approved     *saved.Plan // that was loaded from approvedFile; nil: the plan is made as it goes
	approvedFile string
}

func newApply(io streams) *cobra.Command {
	a := &applying{shared: &shared{io: io}}
	c := &cobra.Command{
		Use:   "apply [PLANFILE]",
		Short: "Converge: publish, seed, trust and tag what the present credentials allow, in as many passes as it takes",
		Long: "Converge: publish, seed, trust and tag what the present credentials allow, in as many passes as it takes.\n" +
			"At a terminal it shows what it would do and asks first; --yes, or no terminal, leaves that out.\n\n" +
			"PLANFILE is a plan that plan --out has saved: then that is done and nothing else, without asking, provided that\n" +
			"what it rests on has not changed.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("%q is not understood: apply takes one saved plan; see --help", args[1])
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return a.run(c.Context(), args) },
	}
	a.shared.bind(c.Flags())
	a.shaping.bind(c.Flags())
	a.bindReports(c.Flags())
	a.notify.bind(c.Flags())
	f := c.Flags()
	f.BoolVar(&a.yes, "yes", false, "do not ask at a terminal")
	f.DurationVar(&a.timeout, "timeout", defaultTimeout, "how long to wait for the registry, in each phase of waiting")
	f.StringVar(&a.otp, "otp", "", "a one-time password for the second factor")
	f.StringVar(&a.auth, "auth", "auto", "auto, oidc (ID token only) or token (publish with the session's token)")
	f.StringVar(&a.shard, "shard", "", "this node's part of the packages: I/N, counted from 0, or circleci for a job with parallelism")
	f.BoolVar(&a.verify, "verify", false, "compare versions that are there already with the artifacts")
	return c
}

func (a *applying) run(ctx context.Context, args []string) error {
	if a.timeout < 0 {
		return fmt.Errorf("--timeout %s: a deadline in the past", a.timeout)
	}
	if len(args) > 0 {
		if err := a.load(args[0]); err != nil {
			return err
		}
	}
	actions, distTag, err := a.parse(a.shared)
	if err != nil {
		return err
	}
	a.untagged = versionless(actions)
	if !slices.Contains([]string{"auto", "oidc", "token"}, a.auth) {
		return fmt.Errorf("--auth %s: choose auto, oidc or token", a.auth)
	}
	return a.with(ctx, distTag, func(u *setup, format report.Format) error {
		if a.auth != "auto" {
			u.auth = a.auth
		}
		u.seeding, u.otp = slices.Equal(actions, []reconcile.Action{reconcile.Seed}), a.otp != ""
		u.patience = runPatience
		client, err := u.client(a.secondFactor(u))
		if err != nil {
			return err
		}
		defer client.CloseIdleConnections()
		policy := u.policy()
		policy.Actions, policy.Prune = actions, a.prune
		if policy.Shard, err = parseShard(a.shard, u.want); err != nil {
			return err
		}
		exchange, err := a.exchange(u, client)
		if err != nil {
			return err
		}
		client = u.reading(client, exchange)
		world := a.world(ctx, u, client, exchange, &policy)
		if agreed, err := a.agreed(ctx, u, world, &policy); !agreed || err != nil {
			return err
		}
		result, runErr := reconcile.Run(ctx, world, u.want, policy,
			reconcile.Options{Concurrency: a.concurrency, Timeout: a.timeout})
		u.sandbox.mention(a.io.err)
		u.advise(ctx, a.io.err, result)
		a.explain(u, exchange, result)
		return a.conclude(ctx, u, result, runErr, format)
	})
}

// secondFactor is how this run can answer for a human; nil where nobody is there to answer.
func (a *applying) secondFactor(u *setup) *npm.SecondFactor {
	show := func(_ context.Context, page string) error {
		_, err := fmt.Fprintf(a.io.err, "second factor: open %s\n", report.Plain(page))
		return err
	}
	switch {
	case u.sandbox != nil:
		show = func(_ context.Context, page string) error {
			_, err := fmt.Fprintf(a.io.err, "second factor: the sandbox approves it by itself (%s)\n", report.Plain(page))
			return err
		}
	case a.otp == "" && !a.interactive():
		return nil
	case !a.interactive():
		show = nil
	}
	return &npm.SecondFactor{OTP: spec.NewSecret(a.otp), Show: show}
}

// ask shows the plan at a terminal and asks whether to go on. What was shown is then all that is done, as with a saved plan.
func (a *applying) ask(ctx context.Context, u *setup, world reconcile.World, policy *reconcile.Policy) (bool, error) {
	if a.yes || !a.interactive() {
		return true, nil
	}
	world.Inspector = nil // the run judges the artifacts
	plan, is, err := reconcile.Survey(ctx, world, u.want, *policy, reconcile.Options{})
	if err != nil {
		return false, err
	}
	shown := saved.New(saved.Surroundings{}, u.want, is, plan)
	policy.Allowed, policy.From, policy.Shown = shown.Allowed(), shown.From(), shown.Shown()
	if plan.Summary.Converged {
		return true, nil
	}
	document := report.NewPlan(plan, u.registry.String(), u.source(), reconcile.ExitOK, u.guide())
	if err := document.Write(a.io.err, report.Table, a.colour(a.io.err)); err != nil {
		return false, err
	}
	if plan.Unreadable() {
		return false, errors.New("nothing was changed: what could not be read may change the plan; run it again, or with --yes, " +
			"which goes on without")
	}
	if _, err := fmt.Fprint(a.io.err, "Apply what can be done from here? [y/N] "); err != nil {
		return false, err
	}
	answer := make(chan string, 1)
	go func() { // ends with the answer, or with the process: a terminal's read cannot be cut short
		line, _ := bufio.NewReader(a.io.in).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case line := <-answer:
		if line != "y" && line != "yes" {
			return false, errors.New("nothing was changed")
		}
		return true, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}
