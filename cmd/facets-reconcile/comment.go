package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// ofTheJob stands for the pull request that a job runs for.
const ofTheJob = "job"

// commenting is the pull request, or merge request, that is to show the plan.
type commenting struct {
	flag    string // "": none
	at      string // "the pull request #7"
	guest   string // why the job's token may be one that only reads; "": it need not be
	noToken bool   // nothing can be written there
	write   func(ctx context.Context, f *flags, where *place.Place, c comment) (change, address string, err error)
}

// comment is what is to stand there. It is found again by the marker, with which the body begins.
type comment struct{ marker, body string }

func (c *commenting) bind(set *pflag.FlagSet) {
	set.StringVar(&c.flag, "comment", "",
		"keep one comment with the plan in the pull request `N`, else in that of the job (needs $GITHUB_TOKEN with Pull requests: write;\n"+
			"in the job of a merge request of GitLab $GITLAB_TOKEN)")
	set.Lookup("comment").NoOptDefVal = ofTheJob
}

// find settles which one it is, before anybody is asked anything.
func (c *commenting) find(choice place.Choice) error {
	n, err := strconv.Atoi(c.flag)
	switch {
	case c.flag == "":
		return nil
	case c.flag != ofTheJob && (err != nil || n < 1):
		return fmt.Errorf("--comment=%s: give the number of a pull request", c.flag)
	case c.flag != ofTheJob:
		return c.inPullRequest(github.PullRequest{Number: n}, choice)
	}
	if found, ok := github.PullRequestOf(os.Getenv, os.ReadFile); ok {
		return c.inPullRequest(found, choice)
	}
	found, ok := gitlab.MergeRequestOf(os.Getenv)
	switch {
	case !ok:
		return errors.New("--comment: this is no job of a pull request, as far as its variables tell: name one with --comment=N, or leave it out")
	case choice.Folder != "":
		return errors.New("--comment: the sandbox stands in for GitHub, and not for GitLab: rehearse it with --comment=N")
	}
	return c.inMergeRequest(found)
}

func (c *commenting) inPullRequest(found github.PullRequest, choice place.Choice) error {
	c.at, c.guest, c.noToken = fmt.Sprintf("the pull request #%d", found.Number), found.Guest, choice.NoIssues != nil
	c.write = func(ctx context.Context, f *flags, where *place.Place, want comment) (change, address string, err error) {
		repository := where.RepositoryOf(found)
		if repository == "" {
			return "", "", fmt.Errorf("%s names no repository: give it under spec.source.github", f.file)
		}
		client, err := where.GitHub(repository)
		if err != nil {
			return "", "", err
		}
		made, address, err := client.Comment(ctx, found.Number, github.Comment{Marker: want.marker, Body: want.body})
		return string(made), address, err
	}
	if c.noToken && c.guest == "" {
		return errors.New("--comment: set GITHUB_TOKEN to a token that has the permission Pull requests: read and write in the repository")
	}
	return nil
}

func (c *commenting) inMergeRequest(found gitlab.MergeRequest) error {
	token := spec.NewSecret(os.Getenv("GITLAB_TOKEN"))
	c.at, c.guest, c.noToken = fmt.Sprintf("the merge request !%d", found.Number), found.Guest, token.Empty()
	c.write = func(ctx context.Context, _ *flags, _ *place.Place, want comment) (change, address string, err error) {
		client, err := gitlab.New(found, token, userAgent())
		if err != nil {
			return "", "", err
		}
		return client.Note(ctx, gitlab.Note{Marker: want.marker, Body: want.body})
	}
	if c.noToken && c.guest == "" {
		return errors.New("--comment: set GITLAB_TOKEN to an access token of the project that has the scope api")
	}
	return nil
}

// keep brings the comment up to date, and says what became of it. Where the token may not write, as it is that of a guest's pull request,
// it says so, and that is all: the job can do nothing about it.
func (c *commenting) keep(ctx context.Context, f *flags, where *place.Place, d report.Document) error {
	if c.flag == "" {
		return nil
	}
	want, err := commentOf(where.State.Metadata.Name, d)
	var change, address string
	if err == nil && !c.noToken {
		change, address, err = c.write(ctx, f, where, want)
	}
	switch {
	case c.noToken, c.guest != "" && (github.Refused(err) || errors.Is(err, gitlab.ErrRefused)):
		_, err = fmt.Fprintf(f.io.err, "no comment is kept in %s: %s, so the job's token may not write there\n", c.at, words.Plain(c.guest))
	case err != nil:
		return fmt.Errorf("--comment: %w", err)
	default:
		_, err = fmt.Fprintf(f.io.err, "comment %s: %s\n", change, words.Plain(address))
	}
	return err
}

// commentOf writes the comment of a state file. The marker tells it from those of other state files in the repository.
func commentOf(name string, d report.Document) (comment, error) {
	marker := fmt.Sprintf("<!-- facets-reconcile plan: %s -->", url.QueryEscape(name))
	var text bytes.Buffer
	if err := d.JobSummary(&text, maxBody); err != nil {
		return comment{}, err
	}
	const about = "Kept up to date by `facets-reconcile plan --comment`. What is edited here is lost.\n\n"
	return comment{marker, marker + "\n\n" + about + text.String()}, nil
}
