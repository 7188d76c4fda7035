package desired

import (
	"context"
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Tag is a tag of the repository.
type Tag struct {
	Name   string // without refs/tags/
	Commit string // full hash; "" for an annotated tag that has not been looked into
}

// TagLister reads the repository's tags.
type TagLister interface {
	// Tags returns the tags whose names start with prefix, in any order.
	Tags(ctx context.Context, prefix string) ([]Tag, error)
	// Commit returns the hash of the commit that a tag leads to, through the tag object of an annotated one.
	Commit(ctx context.Context, tag string) (string, error)
}

// TagError says that a given tag names no release of the state file.
type TagError struct {
	Tag    string
	Forms  []string // the forms of tags that name one
	Detail string   // which release nearly fits, and why it does not; may be ""
}

func (e *TagError) Error() string {
	detail := ""
	if e.Detail != "" {
		detail = ": " + e.Detail
	}
	return fmt.Sprintf("the tag %q names no release of the state file%s; its tags have the forms %s",
		e.Tag, detail, strings.Join(e.Forms, ", "))
}

// PrivatePackageError says that a given tag names a private package of the workspace. Tagging a private package is a successful no-op:
// there is nothing to publish, and the program ends with exit code 0.
type PrivatePackageError struct {
	Tag     string
	Package spec.Name
	Path    string // of its folder, relative to the state file's, with slashes
}

func (e *PrivatePackageError) Error() string {
	return fmt.Sprintf("the tag %q is of %s (%s), which is private: there is nothing to publish", e.Tag, e.Package, e.Path)
}
