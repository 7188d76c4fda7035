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
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// wanting is how a command wants what should be.
type wanting struct {
	distTag spec.DistTag // instead of the state file's
	staged  bool         // whatever the state file says
	earlier int          // how many earlier tags of each release are wanted
	tags    tagUse
}

// tagUse is what a command does where the tags cannot be read.
type tagUse int

const (
	tagsNeeded     tagUse = iota // it ends: nothing is published on the word of others
	tagsOfCheckout               // it takes those of the checkout: it only shows what would be done
	tagsOptional                 // it goes on without, where GitHub is away: nothing that it does depends on a version
	tagsReported                 // it goes on with what needs no tags, and reports that
	tagsUnasked                  // it never asks for them
)

// wanted settles what should be.
func (f *flags) wanted(ctx context.Context, c place.Choice, p *place.Place, w wanting) (reconcile.Desired, error) {
	want := reconcile.Desired{
		Placeholder: p.State.Placeholder(), Accept: p.State.Spec.Accept, TrustedPublishers: p.State.TrustedPublishers(), FailedSources: p.Failed,
		Rehearse: p.WithoutPipeline("facets-reconcile apply" + f.repeated("")),
	}
	var tags desired.TagLister
	if p.Source() != "" {
		want.Repository = "github.com/" + p.Source()
	}
	if p.Source() != "" && w.tags != tagsUnasked {
		repository, err := p.GitHub(p.Source())
		if err != nil {
			return want, err
		}
		tags = repository
	}
	selection := desired.Selection{Tag: p.Tag, DistTag: w.distTag, Staged: w.staged, Root: p.Root(), Earlier: w.earlier}
	var err error
	if want.Releases, err = p.State.Releases(ctx, selection, tags); err != nil {
		unread := unreadTags{flags: f, place: p, use: w.tags, selection: selection, why: err}
		if err := unread.bear(ctx, &want); err != nil {
			return want, err
		}
	}
	for i, r := range want.Releases {
		if r.Tag != "" && r.Tag == c.Job.Tag {
			want.Releases[i].Commit = c.Job.Commit
		}
	}
	scan(p, &want, w.tags == tagsReported)
	return want, nil
}

// scan looks for packages that the state file does not declare. That not all of the workspace could be read is no reason to hold up
// what is declared; a check of everything reports it.
func scan(p *place.Place, want *reconcile.Desired, reported bool) {
	undeclared, err := p.State.Undeclared(p.Root())
	want.Undeclared, want.Unscanned = undeclared, err != nil
	switch {
	case err == nil, errors.Is(err, desired.ErrNoWorkspace):
	case reported:
		want.FailedSources = append(want.FailedSources, reconcile.FailedSource{
			Message: fmt.Sprintf("not all of the workspace could be read, so undeclared packages may be missed: %v", err),
			Next:    "mend what it says, and run again",
		})
	default:
		p.Log.Warn("not all of the workspace could be read, so undeclared packages may be missed", "error", err)
	}
}

// unreadTags is that the tags of the repository could not be read.
type unreadTags struct {
	flags     *flags
	place     *place.Place
	use       tagUse
	selection desired.Selection
	why       error
}

// bear goes on without the tags, where the command can. Nothing is published on the word of others: whoever pushed nothing yet has
// tags that nobody else has.
func (u unreadTags) bear(ctx context.Context, want *reconcile.Desired) (err error) {
	var unknown *desired.TagError
	var private *desired.PrivatePackageError
	var withdrawn *desired.WithdrawnError
	err = u.why
	away := errors.Is(err, github.ErrUnavailable)
	switch {
	case errors.As(err, &unknown), errors.As(err, &private), errors.As(err, &withdrawn), ctx.Err() != nil:
		return err
	case u.use == tagsReported:
		want.FailedSources = append(want.FailedSources, reconcile.FailedSource{
			Message: fmt.Sprintf("which versions should be there is not known, as the tags could not be read: %v", err),
			Next:    "all that needs no tags was looked at; see to --github-api and GITHUB_TOKEN, and run again",
		})
		want.Releases, err = u.place.State.Releases(ctx, u.selection, nil)
		return err
	case u.use == tagsOptional && away:
		_, _ = fmt.Fprintf(u.flags.io.err, "names and trusted publishers depend on no version, so it goes on without: %s\n",
			words.Plain(err.Error()))
		want.Releases, err = u.place.State.Releases(ctx, u.selection, nil)
		return err
	case u.use == tagsOfCheckout && away:
		own, problem := u.ownReleases(ctx)
		if problem == nil {
			_, _ = fmt.Fprintf(u.flags.io.err, "GitHub could not be asked, so the tags are those of this checkout, which may lack some "+
				"and have some that were never pushed: %s\n", words.Plain(err.Error()))
			want.Releases = own
			return nil
		}
		err = fmt.Errorf("%w\nthe tags of this checkout do not do in their place: %w", err, problem)
	case away:
		err = fmt.Errorf("%w\nthe tags of this checkout, which plan would take, do not do here: they may never have been pushed", err)
	}
	return fmt.Errorf("%w\nname the release by --tag, for which GitHub is not asked, or see to --github-api and GITHUB_TOKEN", err)
}

// ownReleases are those that the tags of the checkout ask for, where it is one of the same repository and has such tags.
func (u unreadTags) ownReleases(ctx context.Context) ([]desired.Release, error) {
	here := checkout.Checkout{Dir: u.place.Root()}
	if _, err := here.Head(ctx); err != nil {
		return nil, err
	}
	api := ""
	if address, err := url.Parse(cmp.Or(u.flags.githubAPI, os.Getenv("GITHUB_API_URL"))); err == nil {
		api = address.Hostname()
	}
	source := u.place.Source()
	switch origin := here.Origin(ctx); {
	case !origin.Known():
		return nil, errors.New("it has no remote origin that would say whose they are")
	case !origin.Is(source, api):
		return nil, fmt.Errorf("its remote origin is %s, not %s, and a fork may have others", cmp.Or(origin.Name(), "a folder"), source)
	}
	releases, err := u.place.State.Releases(ctx, u.selection, here)
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

// tagsFor tells what apply needs the tags for, by its actions.
func tagsFor(actions []reconcile.Action) tagUse {
	versioned := func(a reconcile.Action) bool { return a != reconcile.Seed && a != reconcile.Trust }
	if len(actions) == 0 || slices.ContainsFunc(actions, versioned) {
		return tagsNeeded
	}
	return tagsOptional
}
