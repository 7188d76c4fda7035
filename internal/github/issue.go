package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/google/go-github/v60/github"
)

// Issue is an issue as it should be. It is found again by its label and its marker, even if somebody has changed its title.
type Issue struct {
	Label  string // made where the repository does not have it
	Marker string // part of the body that no other issue has
	Title  string // of a new one
	Body   string // holds the marker
	Open   bool
}

// IssueChange says what became of an issue.
type IssueChange string

// The changes of an issue.
const (
	IssueKept     IssueChange = "kept" // as it was, or there was none and none is wanted
	IssueOpened   IssueChange = "opened"
	IssueEdited   IssueChange = "edited"
	IssueReopened IssueChange = "reopened"
	IssueClosed   IssueChange = "closed"
)

const (
	maxIssuePages = 20

	labelColour = "b60205" // of GitHub's own palette
	labelAbout  = "What npm shows is not what the state file says; kept by facets-reconcile"
)

// Settle makes the issue what it should be, and returns its address or number; "" where there is none. There is at most one: a closed one
// is opened again. Nothing is sent for an issue that is right already, and comments are never written. It needs a token that may write
// issues.
func (c *Client) Settle(ctx context.Context, want Issue) (IssueChange, string, error) {
	have, err := c.findIssue(ctx, want)
	switch {
	case err != nil:
		return "", "", err
	case have == nil && !want.Open:
		return IssueKept, "", nil
	case have == nil:
		url, err := c.openIssue(ctx, want)
		return IssueOpened, url, err
	}
	var change IssueChange
	request := &github.IssueRequest{Body: &want.Body}
	open := have.GetState() == "open"
	switch {
	case want.Open && !open:
		change, request.State = IssueReopened, github.String("open")
	case want.Open && !sameText(have.GetBody(), want.Body):
		change = IssueEdited
	case !want.Open && open:
		change, request.State, request.StateReason = IssueClosed, github.String("closed"), github.String("completed")
	default:
		return IssueKept, address(have), nil
	}
	if _, _, err := c.api.Issues.Edit(ctx, c.owner, c.name, have.GetNumber(), request); err != nil {
		return "", "", c.explainIssue(fmt.Sprintf("editing the issue #%d", have.GetNumber()), err)
	}
	return change, address(have), nil
}

// address returns the page of the issue.
func address(issue *github.Issue) string {
	return shownAddress(issue.GetHTMLURL(), fmt.Sprintf("#%d", issue.GetNumber()))
}

// shownAddress returns an address if it is fit to be shown, else the other text.
func shownAddress(url, otherwise string) string {
	strange := func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }
	if url == "" || strings.ContainsFunc(url, strange) {
		return otherwise
	}
	return url
}

// sameText compares bodies without the differences that GitHub may make.
func sameText(a, b string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(a) == plain(b)
}

// findIssue returns the issue with the label and the marker, or nil. There are several only if people made them: then it returns an open
// one before a closed one, and the newest of those.
func (c *Client) findIssue(ctx context.Context, want Issue) (*github.Issue, error) {
	options := &github.IssueListByRepoOptions{State: "all", Labels: []string{want.Label},
		ListOptions: github.ListOptions{PerPage: pageSize}}
	var found *github.Issue
	for range maxIssuePages {
		issues, response, err := c.api.Issues.ListByRepo(ctx, c.owner, c.name, options)
		if err != nil {
			return nil, c.explainIssue("listing the issues", err)
		}
		for _, issue := range issues { // the newest first
			if issue == nil || issue.IsPullRequest() || !strings.Contains(issue.GetBody(), want.Marker) {
				continue
			}
			if issue.GetState() == "open" {
				return issue, nil
			}
			if found == nil {
				found = issue
			}
		}
		if response.NextPage == 0 {
			return found, nil
		}
		options.Page = response.NextPage
	}
	return nil, fmt.Errorf("listing the issues of %s: more than %d have the label %s: take it off those that are of something else",
		c.repository(), maxIssuePages*pageSize, want.Label)
}

// openIssue makes the issue. GitHub silently drops labels that the token may not set. Without its label the issue would not be found
// again, and the next run would make a second one.
func (c *Client) openIssue(ctx context.Context, want Issue) (string, error) {
	if err := c.makeLabel(ctx, want.Label); err != nil {
		return "", err
	}
	issue, _, err := c.api.Issues.Create(ctx, c.owner, c.name,
		&github.IssueRequest{Title: &want.Title, Body: &want.Body, Labels: &[]string{want.Label}})
	if err != nil {
		return "", c.explainIssue("opening an issue", err)
	}
	for _, label := range issue.Labels {
		if strings.EqualFold(label.GetName(), want.Label) {
			return address(issue), nil
		}
	}
	return "", fmt.Errorf("the issue #%d of %s was opened without its label %s, by which it is found again: add the label to it, and "+
		"give GITHUB_TOKEN the permission to set labels (push access, or Issues: write)", issue.GetNumber(), c.repository(), want.Label)
}

// makeLabel makes the label, unless it is there.
func (c *Client) makeLabel(ctx context.Context, name string) error {
	_, response, err := c.api.Issues.GetLabel(ctx, c.owner, c.name, name)
	if err == nil {
		return nil
	}
	if status(response) != http.StatusNotFound {
		return c.explainIssue("reading the label "+name, err)
	}
	_, response, err = c.api.Issues.CreateLabel(ctx, c.owner, c.name,
		&github.Label{Name: &name, Color: github.String(labelColour), Description: github.String(labelAbout)})
	if err != nil && status(response) != http.StatusUnprocessableEntity { // which is GitHub's answer where it exists by now
		return c.explainIssue("making the label "+name, err)
	}
	return nil
}

// explainIssue is explain, with the permission that issues need.
func (c *Client) explainIssue(what string, err error) error {
	var answer *github.ErrorResponse
	if !errors.As(err, &answer) || answer.Response == nil {
		return c.explain(what, err)
	}
	var advice string
	switch answer.Response.StatusCode {
	case http.StatusGone:
		advice = "issues are switched off in this repository: switch them on in its settings, or leave --github-issue out"
	case http.StatusForbidden, http.StatusNotFound:
		advice = "GITHUB_TOKEN must be of this repository and have the permission Issues: read and write"
	default:
		return c.explain(what, err)
	}
	return plain{err: fmt.Errorf("%s of %s: %s: %w", what, c.repository(), advice, err)}
}
