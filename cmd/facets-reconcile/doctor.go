package main

import (
	"context"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
)

func newDoctor(io streams) *cobra.Command {
	s := &shared{io: io}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Why can't I publish? Tell who would, compare the ID token with the state file, and try it on each package",
		Args:  s.noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.with(c.Context(), "", func(u *setup, format report.Format) error {
				client, err := u.client(nil)
				if err != nil {
					return err
				}
				defer client.CloseIdleConnections()
				symptoms, err := u.symptoms(c.Context(), client)
				if err != nil {
					return err
				}
				document := report.NewDoctor(doctor.Diagnose(symptoms), u.registry.String())
				if err := document.Write(s.io.out, format, s.colour(s.io.out)); err != nil {
					return err
				}
				return exitWith(document.ExitCode)
			})
		},
	}
	s.unversioned = true // whether a package may be published does not depend on the version
	s.bind(c.Flags())
	return c
}

// symptoms asks all that can be asked without a human. As in apply, a session counts only where no ID token is expected,
// except in a sandbox, which is both CI and human.
func (u *setup) symptoms(ctx context.Context, client *npm.Client) (doctor.Symptoms, error) {
	s := doctor.Symptoms{
		Audience: client.Audience(), Want: u.want.TrustedPublishers, Now: u.clock.Now(), Calling: u.calling(),
		IDToken: doctor.IDToken{Expected: u.idTokens.Available()},
	}
	exchange := u.exchange(client)
	if s.IDToken.Expected {
		if s.IDToken.Token, s.IDToken.Err = u.idTokens.Token(ctx); s.IDToken.Err != nil {
			exchange = nil // it would ask for one again, for each package
		}
	}
	if !u.session.Empty() && (!s.IDToken.Expected || u.sandbox != nil) {
		s.Session.Held = true
		s.Session.User, s.Session.Err = client.Silent().WhoAmI(ctx)
	}
	if u.sandbox == nil {
		s.Runner = provider().SelfHosted(s.IDToken.Token.Claims, os.Environ())
	}
	var err error
	s.Packages, err = u.examine(ctx, u.reading(client, exchange), u.proof(client, exchange, s.Session))
	return s, err
}

// calling is what guide says of the commands that are printed.
func (u *setup) calling() doctor.Calling {
	g := u.guide()
	return doctor.Calling{Flags: g.Flags, Login: g.Login, Sandbox: g.Sandbox}
}

// proof returns who can tell about trusted publishers, or nil. Unlike plan's, a state file without one does not keep the
// ID token from being tried.
func (u *setup) proof(client *npm.Client, exchange *actor.Exchange, session doctor.Session) observed.TrustReader {
	e := actor.Evidence{Exchange: exchange, Now: u.clock.Now}
	if session.Held && session.Err == nil && len(u.want.TrustedPublishers) > 0 {
		e.Session = client
	}
	return e
}

// examine reads the packages that were asked for.
func (u *setup) examine(ctx context.Context, client *npm.Client, trust observed.TrustReader) ([]observed.Package, error) {
	var queries []observed.Query
	for _, release := range u.want.Releases {
		if !release.Selected || len(u.shared.groups) > 0 && !slices.Contains(u.shared.groups, release.Group) {
			continue
		}
		for _, p := range release.Packages {
			if len(u.shared.packages) == 0 || slices.Contains(u.shared.packages, p.Name.String()) {
				queries = append(queries, observed.Query{Name: p.Name})
			}
		}
	}
	snapshot, err := u.observer(client, trust, nil).Observe(ctx, queries)
	if err != nil {
		return nil, err
	}
	packages := make([]observed.Package, len(queries))
	for i, q := range queries {
		packages[i] = snapshot[q.Name]
	}
	u.precedents(ctx, client, packages)
	return packages, nil
}

// precedents looks up, where only the exchange speaks for a package, who published it before: whether an ID token may do more
// than stage, the exchange does not tell. What cannot be read is left open.
func (u *setup) precedents(ctx context.Context, client *npm.Client, packages []observed.Package) {
	group := new(errgroup.Group)
	group.SetLimit(max(u.shared.concurrency, 1))
	for i := range packages {
		if p := &packages[i]; p.Trust.Exchange == observed.ExchangeTaken && !p.Trust.Listed {
			group.Go(func() error {
				p.Trust.PublishedBy, _ = actor.Precedents{Registry: client}.PublishedBy(ctx, p.Name, p.DistTags)
				return nil
			})
		}
	}
	_ = group.Wait() // no error leaves it
}
