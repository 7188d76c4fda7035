package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/npmrc"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// setup is everything that a command works with, wired from flags, environment and configuration.
type setup struct {
	shared  *shared
	state   *desired.State
	root    string // folder of the state file
	log     *slog.Logger
	npmrc   *npmrc.Config
	sandbox *rehearsal // nil: the real world
	seeding bool       // only names are asked for
	blind   []reconcile.FailedSource
	unknown bool   // there is no state file yet to say which packages are restricted
	auth    string // --auth, where it is not auto
	otp     bool   // a one-time password was given
	clock   reconcile.Clock
	// patience is the longest Retry-After that the client sits out by itself; 0: its own.
	patience time.Duration
	limit    func(*npm.Options) // the clock's own timeouts for the client

	registry *url.URL
	want     reconcile.Desired
	session  spec.Secret // a human's or an automation's token; empty: nobody is logged in
	basic    spec.Secret // a user name and password to read with, where there is no token
	idTokens *idtoken.Source
}

// open reads the state file and what surrounds it, and settles which versions are desired. The caller closes the setup.
func (s *shared) open(ctx context.Context, distTag spec.DistTag) (_ *setup, err error) {
	u := &setup{shared: s, root: filepath.Dir(s.file)}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.close())
		}
	}()
	if err := s.check(); err != nil {
		return nil, err
	}
	if u.log, err = s.logger(); err != nil {
		return nil, err
	}
	clock, err := newClock()
	if err != nil {
		return nil, err
	}
	u.clock, u.limit = clock, clock.limit
	if u.state, err = desired.Load(s.file); err != nil {
		return nil, err
	}
	s.sum = u.state.Sum()
	if err := s.known(u.state); err != nil {
		return nil, err
	}
	if s.sandbox != "" {
		err = u.enterSandbox(ctx)
	} else {
		err = u.enterWorld(ctx)
	}
	if err != nil {
		return nil, err
	}
	return u, u.desire(ctx, distTag)
}

// with opens a setup for the time of do. A tag of a private package is no failure: then there is nothing to do.
func (s *shared) with(ctx context.Context, distTag spec.DistTag, do func(*setup, report.Format) error) (err error) {
	format, err := report.ParseFormat(s.output)
	if err != nil {
		return err
	}
	u, err := s.open(ctx, distTag)
	var private *desired.PrivatePackageError
	switch {
	case errors.As(err, &private):
		return s.nothing(private, format)
	case err != nil:
		return err
	}
	defer func() { err = errors.Join(err, u.close()) }()
	return do(u, format)
}

// nothing says why there is nothing to do, and writes it for programs too.
func (s *shared) nothing(why error, format report.Format) error {
	if _, err := fmt.Fprintln(s.io.err, report.Plain(why.Error())); err != nil {
		return err
	}
	empty := reconcile.Plan{Summary: reconcile.Summary{Converged: true}}
	d := report.NewPlan(empty, "", "", reconcile.ExitOK, report.Guide{})
	if format == report.Table {
		return exitWith(s.writeReports(d))
	}
	return s.write(d, format)
}

func (u *setup) close() error {
	if u.sandbox != nil {
		return u.sandbox.close()
	}
	return nil
}

// known refuses a group or package that the state file does not have: a typing error would narrow the run to nothing.
func (s *shared) known(state *desired.State) error {
	groups, packages := map[string]bool{}, map[string]bool{}
	for _, p := range state.Packages() {
		groups[p.Group], packages[p.Name.String()] = true, true
	}
	var problems []error
	for _, g := range s.groups {
		if !groups[g] {
			problems = append(problems, fmt.Errorf("--group %s: %s has no such group", g, s.file))
		}
	}
	for _, p := range s.packages {
		if !packages[p] {
			problems = append(problems, fmt.Errorf("--package %s: %s has no such package", p, s.file))
		}
	}
	return errors.Join(problems...)
}

// enterWorld finds the real registry and who is logged in there.
func (u *setup) enterWorld(ctx context.Context) (err error) {
	home, err := os.UserHomeDir()
	if err != nil { // then there is no configuration of the user's
		u.log.Debug("no home directory", "error", err)
	}
	if u.npmrc, err = npmrc.Load(npmrc.Options{Dir: u.root, Home: home, Environ: os.Environ()}); err != nil {
		if err := u.without(err); err != nil {
			return err
		}
	}
	if u.registry, err = u.findRegistry(ctx); err != nil {
		return err
	}
	token, from, err := u.npmrc.Token(u.registry)
	switch {
	case err != nil: // reading needs no token; what needs one will say so
		u.log.Warn("no session", "registry", u.registry.Host, "reason", err)
	case !token.Empty():
		u.log.Debug("session found", "registry", u.registry.Host, "in", from)
	}
	u.session = token
	if u.basic, from, err = u.npmrc.Basic(u.registry); err != nil {
		u.log.Warn("no user name and password", "registry", u.registry.Host, "reason", err)
		u.basic = spec.Secret{}
	} else if !u.basic.Empty() {
		u.log.Debug("user name and password found, to read with", "registry", u.registry.Host, "in", from)
	}
	u.idTokens = idtoken.NewSource(idtoken.Options{Issuer: provider(), Audience: "npm:" + u.registry.Hostname(), Now: u.clock.Now})
	return nil
}

// desire settles what should be.
func (u *setup) desire(ctx context.Context, distTag spec.DistTag) error {
	var tags desired.TagLister
	if !u.shared.unversioned {
		var err error
		if tags, err = u.tags(); err != nil {
			return err
		}
	}
	selection := desired.Selection{
		Tag: u.shared.tag, JobTag: u.shared.jobsTag(), DistTag: distTag, Root: u.root, Earlier: u.shared.earlier,
	}
	releases, err := u.releases(ctx, selection, tags)
	if err != nil {
		return err
	}
	for i := range releases {
		if releases[i].Tag != "" && releases[i].Tag == u.shared.jobsTag() {
			releases[i].Commit = job().Commit
		}
	}
	u.want = reconcile.Desired{Releases: releases, Placeholder: u.state.Placeholder(), Accept: u.state.Spec.Accept}
	u.scan()
	u.want.FailedSources = u.blind
	if u.sandbox != nil {
		u.want.Rehearse = "facets-reconcile apply" + u.guide().Flags
	}
	u.want.TrustedPublishers = u.state.TrustedPublishers()
	return nil
}

// given is the tag that this run is for, or "".
func (u *setup) given() string { return cmp.Or(u.shared.tag, u.shared.jobsTag()) }

// jobsTag is the tag that the job of this program is for, or "".
func (s *shared) jobsTag() string {
	if s.sandbox != "" || s.everything {
		return "" // neither a rehearsal nor a check of everything is the job's release
	}
	return job().Tag
}

// source is the repository on GitHub, or "".
func (u *setup) source() string {
	if u.state.Spec.Source == nil {
		return ""
	}
	return u.state.Spec.Source.GitHub
}

func (u *setup) tags() (desired.TagLister, error) {
	if u.source() == "" {
		return nil, nil
	}
	return u.github()
}

// github returns a client of the repository, which the state file has to name.
func (u *setup) github() (*github.Client, error) {
	o := github.Options{Repository: u.source(), UserAgent: userAgent()}
	if u.sandbox != nil {
		o.BaseURL = u.sandbox.server.GitHub()
	} else {
		o.BaseURL = cmp.Or(u.shared.githubAPI, os.Getenv("GITHUB_API_URL"))
		o.Token = spec.NewSecret(githubToken())
	}
	return github.New(o)
}

func githubToken() string { return cmp.Or(os.Getenv("GITHUB_TOKEN"), os.Getenv("GH_TOKEN")) }

// client returns a client of the registry, which reads with the session where it has to. Who may show pages to a human passes a
// second factor.
func (u *setup) client(factor *npm.SecondFactor) (*npm.Client, error) {
	o := npm.Options{Registry: u.registry, UserAgent: userAgent(), Log: u.log, Session: u.session, SecondFactor: factor}
	o.Patience = u.patience
	u.readRules(&o)
	u.limit(&o)
	client, err := npm.New(o)
	if err != nil {
		return nil, err
	}
	return u.reading(client, nil), nil
}

func (u *setup) observer(registry *npm.Client, trust observed.TrustReader, exchange *actor.Exchange) observed.Observer {
	return observed.Observer{
		Registry: registry, Veil: registry, Trust: trust, Status: u.statuses(registry, exchange), Numbers: registry,
		Concurrency: u.shared.concurrency,
	}
}

func (u *setup) policy() reconcile.Policy {
	p := reconcile.Policy{Groups: u.shared.groups}
	for _, name := range u.shared.packages {
		p.Packages = append(p.Packages, spec.Name(name))
	}
	return p
}
