package github

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/google/go-github/v60/github"
)

const (
	refPrefix = "refs/tags/"
	pageSize  = 100
	maxPages  = 1000

	// maxTagDepth is how many tag objects may stand between a tag and its commit: git allows tags of tags.
	maxTagDepth = 8
)

// Tags returns the tags whose names start with prefix. The commit of an annotated tag is left empty: finding it costs a
// request, see [Client.Commit].
func (c *Client) Tags(ctx context.Context, prefix string) ([]desired.Tag, error) {
	options := &github.ReferenceListOptions{Ref: "tags/" + prefix, ListOptions: github.ListOptions{PerPage: pageSize}}
	var tags []desired.Tag
	seen := map[string]bool{}
	for range maxPages {
		refs, response, err := c.api.Git.ListMatchingRefs(ctx, c.owner, c.name, options)
		if status(response) == http.StatusConflict { // the repository is empty
			return nil, nil
		}
		if err != nil {
			return nil, c.explain("listing tags", err)
		}
		fresh := false
		for _, ref := range refs {
			name, ok := strings.CutPrefix(ref.GetRef(), refPrefix)
			if !ok || !strings.HasPrefix(name, prefix) || seen[name] {
				continue
			}
			seen[name], fresh = true, true
			tag := desired.Tag{Name: name}
			if object := ref.GetObject(); object.GetType() == "commit" && isHash(object.GetSHA()) {
				tag.Commit = object.GetSHA()
			}
			tags = append(tags, tag)
		}
		// A server that does not page may still link to a next page; it then serves the same again.
		if response.NextPage == 0 || !fresh {
			return tags, nil
		}
		options.Page = response.NextPage
	}
	return nil, fmt.Errorf("listing tags of %s: there are more than %d; nobody has so many under %q",
		c.repository(), maxPages*pageSize, prefix)
}

// Commit returns the hash of the commit that a tag leads to.
func (c *Client) Commit(ctx context.Context, tag string) (string, error) {
	what := fmt.Sprintf("reading the tag %s", tag)
	ref, response, err := c.api.Git.GetRef(ctx, c.owner, c.name, "tags/"+tag)
	if status(response) == http.StatusNotFound {
		return "", fmt.Errorf("%s of %s: not found%s", what, c.repository(), c.tokenHint())
	}
	if err != nil {
		return "", c.explain(what, err)
	}
	object := ref.GetObject()
	for range maxTagDepth {
		switch object.GetType() {
		case "commit":
			if !isHash(object.GetSHA()) {
				return "", fmt.Errorf("%s of %s: it leads to %.100q, which is no commit", what, c.repository(), object.GetSHA())
			}
			return object.GetSHA(), nil
		case "tag":
			annotated, _, err := c.api.Git.GetTag(ctx, c.owner, c.name, object.GetSHA())
			if err != nil {
				return "", c.explain(what, err)
			}
			object = annotated.GetObject()
		default:
			return "", fmt.Errorf("%s of %s: it leads to a %.100q, not to a commit", what, c.repository(), object.GetType())
		}
	}
	return "", fmt.Errorf("%s of %s: more than %d tags stand between it and a commit", what, c.repository(), maxTagDepth)
}

func status(response *github.Response) int {
	if response == nil || response.Response == nil {
		return 0
	}
	return response.StatusCode
}

// isHash tells whether s is a full hash of git: sha1 or sha256.
func isHash(s string) bool { return regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`).MatchString(s) }
