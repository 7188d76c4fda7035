// Package place is where a run takes place: the registry, who is logged in there, the ID tokens, the repository's tags, the
// checkout, the artifacts, the second factor and the clock. There are two makers, [Real] and [Rehearsal]; a [Place] of one is
// used like that of the other, so that no command knows where it runs.
//
// Only package cmd uses it. It knows no flags, writes no reports, and decides nothing that is to be done: a [Connection] says who
// could do it. Start reading at [Choice], then here.
package place

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/npmrc"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Project is what a run is about.
type Project struct {
	File  string // the state file, as it was named
	State *desired.State
	Tag   string // the git tag that the run is for; "": none was given
	Draft bool   // the state file is yet to be written: it does not say which packages are restricted
}

// Root is the folder of the state file.
func (p Project) Root() string { return filepath.Dir(p.File) }

// Source is the repository on GitHub, or "".
func (p Project) Source() string {
	if p.State.Spec.Source == nil {
		return ""
	}
	return p.State.Spec.Source.GitHub
}

// Place is what surrounds a run. The caller closes it.
type Place struct {
	Project
	Registry *url.URL
	Clock    Clock
	Log      *slog.Logger
	Failed   []reconcile.FailedSource // what could not be read, in a check of everything

	// BothRoles says that session and ID tokens act side by side, as a rehearsal is CI and human at once. Elsewhere an expected ID
	// token keeps the session out.
	BothRoles bool
	// AccessPage returns the page where a human configures a package's trusted publishers; nil: no page outlives this program.
	AccessPage func(spec.Name) string
	Artifacts  actor.Artifacts
	Provider   ci.Provider // whose CI jobs run here
	JobPage    string      // https, shows the CI job; "": there is none
	Environ    []string    // that of the CI job
	IDTokens   *idtoken.Source

	signing signing
	session spec.Secret // a human's or an automation's token; empty: nobody is logged in
	basic   spec.Secret // a user name and password to read with, where there is no token
	npmrc   *npmrc.Config
	github  github.Options
	address string // of the registry, by which artifacts are judged; "": it is stood in for
	show    func(ctx context.Context, page string) error
	head    func(context.Context) (string, error)
	remark  func(context.Context, Outcome) // nil: there is nothing to add to a result
	leave   func() error

	options Options
	clients []*npm.Client // that have to be closed
}

// Close ends what the place has opened.
func (p *Place) Close() error {
	for _, client := range p.clients {
		client.CloseIdleConnections()
	}
	return p.leave()
}

// GitHub returns a client of a repository.
func (p *Place) GitHub(repository string) (*github.Client, error) {
	o := p.github
	o.Repository = repository
	return github.New(o)
}

// RepositoryOf returns the repository of a pull request: where its job names none, and in a sandbox, which has only one, that of the state
// file; or "".
func (p *Place) RepositoryOf(request github.PullRequest) string {
	if request.Repository == "" || p.BothRoles {
		return p.Source()
	}
	return request.Repository
}

// SecondFactor returns how this run answers for a human; nil where nobody is there to answer. human says whether one is at the terminal.
func (p *Place) SecondFactor(otp string, human bool) *npm.SecondFactor {
	factor := &npm.SecondFactor{OTP: spec.NewSecret(otp)}
	switch {
	case human || p.BothRoles: // a rehearsal confirms its pages by itself
		factor.Show = p.show
	case otp == "":
		return nil
	}
	return factor
}

// shows returns the function that tells a human of a page.
func shows(w io.Writer, format string) func(context.Context, string) error {
	return func(_ context.Context, page string) error {
		_, err := fmt.Fprintf(w, format, words.Plain(page))
		return err
	}
}

// Outcome is what a run came to, for a place to remark on.
type Outcome struct {
	Want   reconcile.Desired
	Result reconcile.Result

	Flags        string // those that have to be repeated
	SandboxFlags string // those by which the commands below sandbox find this rehearsal
}

// Remark says on stderr what the result does not: for example, how a rehearsal goes on.
func (p *Place) Remark(ctx context.Context, o Outcome) {
	if p.remark != nil {
		p.remark(ctx, o)
	}
}

// WithoutPipeline returns the command where no pipeline can be started that would run it; else "".
func (p *Place) WithoutPipeline(command string) string {
	if p.BothRoles {
		return command
	}
	return ""
}

// Withheld finds the releases that must not be published from this checkout: nobody has given their tag, and HEAD is not their tag's
// commit. It returns why, by tag.
func (p *Place) Withheld(ctx context.Context, releases []desired.Release) map[string]string {
	if p.Tag != "" || p.Source() == "" {
		return nil
	}
	head, err := p.head(ctx)
	if err != nil {
		p.Log.Info("the commit that is checked out could not be read", "error", err)
	}
	why := map[string]string{}
	for _, r := range releases {
		switch {
		case r.Version == "" || r.Commit != "" && r.Commit == head:
		case r.PinWithoutTag:
			why[r.Tag] = fmt.Sprintf("the tag %s, which does not exist: push it, or pass --tag", r.Tag)
		case head == "":
			why[r.Tag] = fmt.Sprintf("the checkout of %s (HEAD could not be read here): check it out, or pass --tag", r.Tag)
		default:
			why[r.Tag] = fmt.Sprintf("the checkout of %s (HEAD is %.12s, not its commit): check it out, or pass --tag", r.Tag, head)
		}
	}
	return why
}
