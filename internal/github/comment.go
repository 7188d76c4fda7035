package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"
)

// Comment is one comment of a pull request as it should be. It is found again by its marker.
type Comment struct {
	Marker string // the body begins with it
	Body   string
}

// CommentChange says what became of a comment.
type CommentChange string

// The changes of a comment.
const (
	CommentKept   CommentChange = "kept"
	CommentMade   CommentChange = "made"
	CommentEdited CommentChange = "edited"
)

// Comment makes the pull request's comment what it should be, and returns its address. There is at most one, and nothing is sent where it
// is right already. It needs a token that may write to pull requests.
func (c *Client) Comment(ctx context.Context, number int, want Comment) (CommentChange, string, error) {
	have, err := c.findComment(ctx, number, want.Marker)
	if err != nil {
		return "", "", err
	}
	change, sent := CommentKept, &github.IssueComment{Body: &want.Body}
	switch {
	case have == nil:
		change = CommentMade
		have, _, err = c.api.Issues.CreateComment(ctx, c.owner, c.name, number, sent)
	case !sameText(have.GetBody(), want.Body):
		change = CommentEdited
		have, _, err = c.api.Issues.EditComment(ctx, c.owner, c.name, have.GetID(), sent)
	}
	if err != nil {
		return "", "", c.explainComment(fmt.Sprintf("writing a comment to #%d", number), err)
	}
	return change, shownAddress(have.GetHTMLURL(), fmt.Sprintf("#%d", number)), nil
}

// findComment returns the first comment that begins with the marker, or nil. Anybody can write the marker, so comments of people who may
// not write to the repository do not count: they could change what we put there.
func (c *Client) findComment(ctx context.Context, number int, marker string) (*github.IssueComment, error) {
	options := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: pageSize}}
	for range maxIssuePages {
		comments, response, err := c.api.Issues.ListComments(ctx, c.owner, c.name, number, options)
		if err != nil {
			return nil, c.explainComment(fmt.Sprintf("listing the comments of #%d", number), err)
		}
		for _, comment := range comments {
			if comment != nil && strings.HasPrefix(comment.GetBody(), marker) && trusted(comment) {
				return comment, nil
			}
		}
		if response.NextPage == 0 {
			return nil, nil //nolint:nilnil // there is none yet, which is no error
		}
		options.Page = response.NextPage
	}
	return nil, fmt.Errorf("#%d of %s has more than %d comments: it is not known whether one is the plan's",
		number, c.repository(), maxIssuePages*pageSize)
}

// trusted tells whether the author is an app, such as a job's own token, or works on the repository.
func trusted(comment *github.IssueComment) bool {
	return comment.GetUser().GetType() == "Bot" ||
		slices.Contains([]string{"OWNER", "MEMBER", "COLLABORATOR"}, comment.GetAuthorAssociation())
}

// Refused tells whether GitHub did not let the token do something.
func Refused(err error) bool {
	answer, ok := errors.AsType[*github.ErrorResponse](err)
	return ok && answer.Response != nil &&
		slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, answer.Response.StatusCode)
}

// explainComment is explain, with the permission that comments need.
func (c *Client) explainComment(what string, err error) error {
	answer, ok := errors.AsType[*github.ErrorResponse](err)
	if !ok || answer.Response == nil {
		return c.explain(what, err)
	}
	if status := answer.Response.StatusCode; status != http.StatusForbidden && status != http.StatusNotFound {
		return c.explain(what, err)
	}
	return plain{err: fmt.Errorf("%s of %s: there must be such a pull request, and GITHUB_TOKEN must be of this repository and have the "+
		"permission Pull requests: read and write (in a workflow, pull-requests: write under permissions): %w",
		what, c.repository(), answered{answer})}
}
