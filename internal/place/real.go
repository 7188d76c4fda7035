package place

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/checkout"
	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/npm/npmrc"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance/sigstore"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Real chooses the registry that npm is configured for, GitHub, and the CI job that this program is part of.
func Real(o Options) Choice {
	_, job := providers.Here(os.Getenv)
	c := Choice{Job: job, Clock: o.Clock}
	if o.Everything {
		c.Ignored, c.Job.Tag = c.Job.Tag, ""
	}
	if githubToken() == "" {
		c.NoIssues = errors.New("set GITHUB_TOKEN to a token that has the permission Issues: read and write in the repository")
	}
	c.Enter = func(ctx context.Context, project Project) (*Place, error) { return enterReal(ctx, o, project) }
	return c
}

func githubToken() string { return cmp.Or(os.Getenv("GITHUB_TOKEN"), os.Getenv("GH_TOKEN")) }

// enterReal finds the registry and who is logged in there.
func enterReal(ctx context.Context, o Options, project Project) (_ *Place, err error) {
	provider, job := providers.Here(os.Getenv)
	if _, in := provider.Job(os.Getenv); !in {
		provider = usual(project.State)
	}
	p := &Place{
		Project: project, Clock: o.Clock, Log: o.Log, options: o, Provider: provider, JobPage: pageOf(job), Environ: os.Environ(),
		Artifacts: actor.Folder{Root: project.Root()},
		github: github.Options{
			UserAgent: o.UserAgent, BaseURL: cmp.Or(o.GitHubAPI, os.Getenv("GITHUB_API_URL")), Token: spec.NewSecret(githubToken()),
		},
		show:  shows(o.Err, "second factor: open %s\n"),
		head:  checkout.Checkout{Dir: project.Root()}.Head,
		leave: func() error { return nil },
	}
	home, err := os.UserHomeDir()
	if err != nil { // so the user has no .npmrc
		p.Log.Debug("no home directory", "error", err)
	}
	if p.npmrc, err = npmrc.Load(npmrc.Options{Dir: p.Root(), Home: home, Environ: os.Environ()}); err != nil {
		if err := p.goOnWithout(err); err != nil {
			return nil, err
		}
	}
	if p.Registry, err = p.findRegistry(ctx); err != nil {
		return nil, err
	}
	p.address, p.AccessPage = p.Registry.String(), accessPage(p.Registry)
	p.findSession()
	p.IDTokens = idtoken.NewSource(idtoken.Options{Issuer: p.Provider, Audience: "npm:" + p.Registry.Hostname(), Now: p.Clock.Now})
	p.signing = signing{
		lookup: os.LookupEnv, with: idtoken.Options{Env: os.Getenv},
		at:       sigstore.Options{Fulcio: os.Getenv(variableFulcio), Rekor: os.Getenv(variableRekor)},
		unwanted: p.npmrc.NoProvenance(),
	}
	return p, nil
}

// pageOf returns the page of a CI job, if others can open it.
func pageOf(job ci.Job) string {
	address, err := url.Parse(job.Page)
	if err != nil || address.Scheme != "https" || address.User != nil {
		return ""
	}
	return address.String()
}

// findSession finds what .npmrc gives the registry: a token, else a user name and password. Without either most things can be read; what
// cannot says so later.
func (p *Place) findSession() {
	token, from, err := p.npmrc.Token(p.Registry)
	switch {
	case err != nil:
		p.Log.Warn("no session", "registry", p.Registry.Host, "reason", err)
	case !token.Empty():
		p.Log.Debug("session found", "registry", p.Registry.Host, "in", from)
	}
	p.session = token
	pair, from, err := p.npmrc.Basic(p.Registry)
	switch {
	case err != nil:
		p.Log.Warn("no user name and password", "registry", p.Registry.Host, "reason", err)
		return
	case !pair.Empty():
		p.Log.Debug("user name and password found, to read with", "registry", p.Registry.Host, "in", from)
	}
	p.basic = pair
}

// goOnWithout lets a check of everything go on although a part of npm's configuration cannot be read. The error stays where that part might
// name the registry: else another registry would be checked.
func (p *Place) goOnWithout(unread error) error {
	named, _ := p.npmrc.EnvironmentRegistry()
	if !p.options.Everything || p.options.Registry == "" && named == "" && p.State.Spec.Registry == "" {
		return unread
	}
	p.Failed = append(p.Failed, reconcile.FailedSource{
		Message: fmt.Sprintf("whatever credential is there is not used, so restricted packages and trusted publishers may be missed: %v", unread),
		Next:    "let this user read the file, and run again",
	})
	return nil
}
