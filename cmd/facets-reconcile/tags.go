package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/checkout"
	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// releases settles what should be released. What happens where GitHub cannot tell depends on what for: a check of everything
// goes on with what needs no tags, and a plan takes those of the checkout. Nothing is published on their word: whoever pushed
// nothing yet has tags that nobody else has.
func (u *setup) releases(ctx context.Context, selection desired.Selection, tags desired.TagLister) ([]desired.Release, error) {
	releases, err := u.state.Releases(ctx, selection, tags)
	var unknown *desired.TagError
	var private *desired.PrivatePackageError
	var withdrawn *desired.WithdrawnError
	away := errors.Is(err, github.ErrUnavailable)
	switch {
	case err == nil, errors.As(err, &unknown), errors.As(err, &private), errors.As(err, &withdrawn), ctx.Err() != nil:
		return releases, err
	case u.shared.everything:
		u.blind = append(u.blind, reconcile.FailedSource{
			Message: fmt.Sprintf("which versions should be there is not known, as the tags could not be read: %v", err),
			Next:    "all that needs no tags was looked at; see to --github-api and GITHUB_TOKEN, and run again",
		})
		return u.state.Releases(ctx, selection, nil)
	case u.shared.untagged && away:
		_, _ = fmt.Fprintf(u.shared.io.err, "names and trusted publishers depend on no version, so it goes on without: %s\n",
			report.Plain(err.Error()))
		return u.state.Releases(ctx, selection, nil)
	case u.shared.ownTags && away:
		own, why := u.ownReleases(ctx, selection)
		if why == nil {
			_, _ = fmt.Fprintf(u.shared.io.err, "GitHub could not be asked, so the tags are those of this checkout, which may lack some "+
				"and have some that were never pushed: %s\n", report.Plain(err.Error()))
			return own, nil
		}
		err = fmt.Errorf("%w\nthe tags of this checkout do not do in their place: %w", err, why)
	case away:
		err = fmt.Errorf("%w\nthe tags of this checkout, which plan would take, do not do here: they may never have been pushed", err)
	}
	return nil, fmt.Errorf("%w\nname the release by --tag, for which GitHub is not asked, or see to --github-api and GITHUB_TOKEN", err)
}

// ownReleases are those that the tags of the checkout ask for, where it is one of the same repository and has such tags.
func (u *setup) ownReleases(ctx context.Context, selection desired.Selection) ([]desired.Release, error) {
	here := checkout.Checkout{Dir: u.root}
	if _, err := here.Head(ctx); err != nil {
		return nil, err
	}
	api := ""
	if address, err := url.Parse(cmp.Or(u.shared.githubAPI, os.Getenv("GITHUB_API_URL"))); err == nil {
		api = address.Hostname()
	}
	switch origin := here.Origin(ctx); {
	case !origin.Known():
		return nil, errors.New("it has no remote origin that would say whose they are")
	case !origin.Is(u.source(), api):
		return nil, fmt.Errorf("its remote origin is %s, not %s, and a fork may have others", cmp.Or(origin.Name(), "a folder"), u.source())
	}
	releases, err := u.state.Releases(ctx, selection, here)
	if err != nil {
		return nil, err
	}
	found := false
	for i := range releases {
		found = found || releases[i].Tag != "" && !releases[i].PinWithoutTag
		releases[i].PinWithoutTag = false // a clone may lack tags
	}
	if !found {
		return nil, errors.New("none of them has a form of the state file's (a shallow clone has none: git fetch --tags)")
	}
	return releases, nil
}

// versionless tells whether nothing that is asked for depends on a version.
func versionless(actions []reconcile.Action) bool {
	return len(actions) > 0 && !slices.ContainsFunc(actions, func(a reconcile.Action) bool {
		return a != reconcile.Seed && a != reconcile.Trust
	})
}
