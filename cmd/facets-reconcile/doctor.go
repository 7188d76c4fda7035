package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// examining are the flags of doctor.
type examining struct{ *flags }

func newDoctor(io streams) *cobra.Command {
	e := &examining{&flags{io: io}}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Why can't I publish? Tell who would, compare the ID token with the state file, and try it on each package",
		Args:  e.noArguments,
		RunE:  func(c *cobra.Command, _ []string) error { return e.run(c.Context()) },
	}
	e.bind(c.Flags())
	return c
}

func (e *examining) run(ctx context.Context) (err error) {
	choice, err := e.choose(false)
	if err != nil {
		return err
	}
	where, want, err := e.enter(ctx, choice, wanting{tags: tagsUnasked}) // whether a package may be published depends on no version
	if err != nil {
		return e.nothing(err, choice.Clock.Now())
	}
	defer func() { err = errors.Join(err, where.Close()) }()
	symptoms, err := e.symptoms(ctx, where, want)
	if err != nil {
		return err
	}
	document := report.NewDoctor(doctor.Diagnose(symptoms), where.Registry.String())
	if err := document.Write(e.io.out, report.Format(e.output), e.colour(e.io.out)); err != nil {
		return err
	}
	return exitWith(document.ExitCode)
}

// symptoms asks all that can be asked without a human.
func (e *examining) symptoms(ctx context.Context, where *place.Place, want reconcile.Desired) (doctor.Symptoms, error) {
	s := doctor.Symptoms{
		Want: want.TrustedPublishers, Now: where.Clock.Now(), Calling: calling(e.guide(where, want, "")),
		IDToken: doctor.IDToken{Expected: where.IDTokens.Available()},
	}
	if s.IDToken.Expected {
		s.IDToken.Token, s.IDToken.Err = where.IDTokens.Token(ctx)
	}
	s.Runner = where.Provider.SelfHosted(s.IDToken.Token.Claims, where.Environ)
	// Without a token the exchange would ask for one again, for each package.
	connection, err := where.Connect(place.Connecting{NoIDTokens: s.IDToken.Err != nil})
	if err != nil {
		return s, err
	}
	s.Audience = connection.Client.Audience()
	// Unlike plan's, a state file without a trusted publisher does not keep the ID token from being tried.
	evidence := actor.Evidence{Exchange: connection.Exchange, Now: where.Clock.Now}
	if connection.HasSession() {
		s.Session.Held = true
		s.Session.User, s.Session.Err = connection.Client.Silent().WhoAmI(ctx)
		if s.Session.Err == nil && len(want.TrustedPublishers) > 0 {
			evidence.Session = connection.Client
		}
	}
	s.Packages, err = e.examine(ctx, connection.Observer(evidence), want)
	if err == nil {
		e.precedents(ctx, connection.Client, s.Packages)
	}
	return s, err
}

// calling is what a guide says of the commands that are printed.
func calling(g report.Guide) doctor.Calling {
	return doctor.Calling{Flags: g.Flags, Login: g.Login, Sandbox: g.Sandbox}
}

// examine reads the packages that were asked for.
func (e *examining) examine(ctx context.Context, observer observed.Observer, want reconcile.Desired) ([]observed.Package, error) {
	var queries []observed.Query
	for _, release := range want.Releases {
		if !release.Selected || len(e.groups) > 0 && !slices.Contains(e.groups, release.Group) {
			continue
		}
		for _, p := range release.Packages {
			asked := len(e.packages) == 0 || slices.Contains(e.packages, p.Name.String())
			known := slices.ContainsFunc(queries, func(q observed.Query) bool { return q.Name == p.OnNpm() })
			if asked && !known {
				queries = append(queries, observed.Query{Name: p.OnNpm()})
			}
		}
	}
	snapshot, err := observer.Observe(ctx, queries)
	if err != nil {
		return nil, err
	}
	packages := make([]observed.Package, len(queries))
	for i, q := range queries {
		packages[i] = snapshot[q.Name]
	}
	return packages, nil
}

// precedents looks up, where only the exchange speaks for a package, who published it before: whether an ID token may do more
// than stage, the exchange does not tell. What cannot be read is left open.
func (e *examining) precedents(ctx context.Context, client *npm.Client, packages []observed.Package) {
	group := new(errgroup.Group)
	group.SetLimit(max(e.concurrency, 1))
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
