package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/saved"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// applying are the flags of apply.
type applying struct {
	*flags
	askFlags
	yes     bool
	timeout time.Duration
	otp     string
	auth    string
	shard   string
	verify  bool
	against []string // reports of the runs that staged what is to be approved

	approved     *saved.Plan // that was loaded from approvedFile; nil: the plan is made as it goes
	approvedFile string
}

func newApply(io streams) *cobra.Command {
	a := &applying{flags: &flags{io: io}}
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
	a.flags.bind(c.Flags())
	a.askFlags.bind(c.Flags())
	a.bindReports(c.Flags())
	a.notify.bind(c.Flags())
	f := c.Flags()
	f.BoolVar(&a.yes, "yes", false, "do not ask at a terminal")
	f.DurationVar(&a.timeout, "timeout", defaultTimeout, "how long to wait for the registry, in each phase of waiting")
	f.StringVar(&a.otp, "otp", "", "a one-time password for the second factor")
	f.StringVar(&a.auth, "auth", "auto", "auto, oidc (ID token only) or token (publish with the session's token)")
	f.StringVar(&a.shard, "shard", "",
		"this node's part of the packages: I/N, counted from 0, or circleci or gitlab for a job of several nodes")
	f.BoolVar(&a.verify, "verify", false, "compare versions that are there already with the artifacts")
	f.StringArrayVar(&a.against, "against", nil,
		"approve only what the run that staged it has sent, by its result in `FILE` (-o json or --report json=FILE; repeatable)")
	return c
}

func (a *applying) run(ctx context.Context, args []string) (err error) {
	switch {
	case a.timeout < 0:
		return fmt.Errorf("--timeout %s: a deadline in the past", a.timeout)
	case !slices.Contains([]string{"auto", "oidc", "token"}, a.auth):
		return fmt.Errorf("--auth %s: choose auto, oidc or token", a.auth)
	}
	choice, err := a.choose(false)
	if err == nil && len(args) > 0 {
		err = a.load(args[0], choice)
	}
	if err != nil {
		return err
	}
	ask, err := a.read(a.flags, a.given(choice))
	if err != nil {
		return err
	}
	where, want, err := a.enter(ctx, choice, ask.wanting(tagsFor(ask.actions)))
	if err != nil {
		return a.nothing(err, choice.Clock.Now())
	}
	defer func() { err = errors.Join(err, where.Close()) }()
	if ask.shard, err = parseShard(a.shard, want); err != nil {
		return err
	}
	if want.Sent, err = sentBy(a.against, want); err != nil {
		return err
	}
	connection, err := where.Connect(place.Connecting{
		Auth: a.auth, SecondFactor: where.SecondFactor(a.otp, a.interactive()), Patience: runPatience,
	})
	if err != nil {
		return err
	}
	world, with := connection.Actors(a.verify), a.credentials(ctx, connection, want)
	world.Progress = warned(where.Log, a.progress(where))
	approved, err := a.agree(ctx, proposal{choice, where, world, want, ask, with})
	if err != nil {
		return err
	}
	result, runErr := reconcile.Run(ctx, world, want, policyFor(ask, with, approved),
		reconcile.Options{Concurrency: a.concurrency, Timeout: a.timeout})
	guide := a.guide(where, want)
	where.Remark(ctx, place.Outcome{Want: want, Result: result, Flags: guide.Staged + guide.Flags, SandboxFlags: a.sandboxFlags()})
	a.explain(connection, guide, result)
	return a.conclude(ctx, where, want, guide, result, runErr)
}

// credentials tells the policy what is at hand. An automation's token may publish and yet list nothing, and a saved plan that trusts
// nobody new needs nobody who settles that.
func (a *applying) credentials(ctx context.Context, c *place.Connection, want reconcile.Desired) credentials {
	with := credentials{token: c.ByToken()}
	settles := a.approved == nil || a.approved.Has(reconcile.Trust) || a.approved.Has(reconcile.Settings)
	with.session = c.HasSession() && !with.token && settles
	if c.Exchange != nil || with.token {
		with.withheld = c.Withheld(ctx, want.Releases)
	}
	return with
}

// guide says in addition what was asked for, and how.
func (a *applying) guide(p *place.Place, want reconcile.Desired) report.Guide {
	g := a.flags.guide(p, want, a.auth)
	g.Staged, g.DistTag = a.restaged(), a.retagged()
	g.Seeding, g.OTP = slices.Equal(a.only, []string{string(reconcile.Seed)}), a.otp != ""
	return g
}
