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
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// ofTheJob stands for the pull request that a job runs for.
const ofTheJob = "job"

// commenting is the pull request that is to show the plan.
type commenting struct {
	flag    string // "": none
	noToken bool   // nothing can be written there
	github.PullRequest
}

func (c *commenting) bind(set *pflag.FlagSet) {
	set.StringVar(&c.flag, "comment", "",
		"keep one comment with the plan in the pull request `N`, else in that of the job (needs $GITHUB_TOKEN with Pull requests: write)")
	set.Lookup("comment").NoOptDefVal = ofTheJob
}

// find settles which pull request it is, before anybody is asked anything.
func (c *commenting) find(choice place.Choice) error {
	switch n, err := strconv.Atoi(c.flag); {
	case c.flag == "":
		return nil
	case c.flag == ofTheJob:
		found, ok := github.PullRequestOf(os.Getenv, os.ReadFile)
		if !ok {
			return errors.New("--comment: this is no job of a pull request, as far as its variables tell: name one with --comment=N, or leave it out")
		}
		c.PullRequest = found
	case err != nil || n < 1:
		return fmt.Errorf("--comment=%s: give the number of a pull request", c.flag)
	default:
		c.Number = n
	}
	if c.noToken = choice.NoIssues != nil; c.noToken && c.Guest == "" {
		return errors.New("--comment: set GITHUB_TOKEN to a token that has the permission Pull requests: read and write in the repository")
	}
	return nil
}

// keep brings the comment up to date, and says what became of it. Where the token may not write, as it is that of a guest's pull request,
// it says so, and that is all: the job can do nothing about it.
func (c *commenting) keep(ctx context.Context, f *flags, where *place.Place, d report.Document) error {
	if c.flag == "" {
		return nil
	}
	change, address, err := github.CommentChange(""), "", error(nil)
	if !c.noToken {
		change, address, err = c.settle(ctx, f, where, d)
	}
	switch {
	case c.noToken, c.Guest != "" && github.Refused(err):
		_, err = fmt.Fprintf(f.io.err, "no comment is kept in the pull request #%d: %s, so the job's token may not write there\n",
			c.Number, words.Plain(c.Guest))
	case err != nil:
		return fmt.Errorf("--comment: %w", err)
	default:
		_, err = fmt.Fprintf(f.io.err, "comment %s: %s\n", change, words.Plain(address))
	}
	return err
}

func (c *commenting) settle(
	ctx context.Context, f *flags, where *place.Place, d report.Document,
) (change github.CommentChange, address string, err error) {
	repository := c.Repository
	if repository == "" || where.BothRoles { // the sandbox knows but one
		repository = where.Source()
	}
	if repository == "" {
		return "", "", fmt.Errorf("%s names no repository: give it under spec.source.github", f.file)
	}
	client, err := where.GitHub(repository)
	if err != nil {
		return "", "", err
	}
	comment, err := commentOf(where.State.Metadata.Name, d)
	if err != nil {
		return "", "", err
	}
	return client.Comment(ctx, c.Number, comment)
}

// commentOf writes the comment of a state file. The marker tells it from those of other state files in the repository.
func commentOf(name string, d report.Document) (github.Comment, error) {
	marker := fmt.Sprintf("<!-- facets-reconcile plan: %s -->", url.QueryEscape(name))
	var text bytes.Buffer
	if err := d.JobSummary(&text, maxBody); err != nil {
		return github.Comment{}, err
	}
	const about = "Kept up to date by `facets-reconcile plan --comment`. What is edited here is lost.\n\n"
	return github.Comment{Marker: marker, Body: marker + "\n\n" + about + text.String()}, nil
}
