package checkout

import (
	"context"
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
)

// Tags returns the tags whose names start with prefix. The commit of an annotated one is left empty, see [Checkout.Commit].
func (c Checkout) Tags(ctx context.Context, prefix string) ([]desired.Tag, error) {
	out, err := c.git(ctx, "for-each-ref", "--format=%(objecttype) %(objectname) %(refname:strip=2)", "refs/tags")
	if err != nil {
		return nil, fmt.Errorf("listing the tags of this checkout: %w", err)
	}
	var tags []desired.Tag
	for line := range strings.Lines(out) {
		fields := strings.SplitN(strings.TrimRight(line, "\n"), " ", 3)
		if len(fields) < 3 || !strings.HasPrefix(fields[2], prefix) {
			continue
		}
		tag := desired.Tag{Name: fields[2]}
		if fields[0] == "commit" {
			tag.Commit = fields[1]
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

// NewestTags returns the names of all tags, the newest first; none where they cannot be read.
func (c Checkout) NewestTags(ctx context.Context) []string {
	out, err := c.git(ctx, "tag", "--list", "--sort=-creatordate")
	if err != nil {
		return nil
	}
	return strings.Fields(out)
}

// Commit returns the hash of the commit that a tag leads to, through any tag objects.
func (c Checkout) Commit(ctx context.Context, tag string) (string, error) {
	commit, err := c.line(ctx, "rev-parse", "--verify", "--quiet", "refs/tags/"+tag+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("reading the tag %s of this checkout: %w", tag, err)
	}
	return commit, nil
}
