package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// gitTag is a tag of the project. An annotated one has an object of its own.
type gitTag struct {
	Name      string `json:"name"`
	Annotated bool   `json:"annotated,omitempty"`
}

const tagsFile = "tags.json"

// tags returns all tags, sorted by name.
func (f folder) tags() ([]gitTag, error) { return readList[gitTag](f.path(tagsFile)) }

// tag adds a tag under the lock.
func (f folder) tag(name string, annotated bool) error {
	return f.locked(func() error { return f.addTags([]string{name}, annotated) })
}

// addTags adds those tags that are not there. The caller holds the lock.
func (f folder) addTags(names []string, annotated bool) error {
	tags, err := f.tags()
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(tags))
	for _, tag := range tags {
		known[tag.Name] = true
	}
	for _, name := range names {
		if err := checkTag(name); err != nil {
			return err
		}
		if !known[name] {
			known[name] = true
			tags = append(tags, gitTag{Name: name, Annotated: annotated})
		}
	}
	slices.SortFunc(tags, func(a, b gitTag) int { return strings.Compare(a.Name, b.Name) })
	return f.write(f.path(tagsFile), tags)
}

// checkTag refuses what git refuses (git-check-ref-format).
func checkTag(name string) error {
	control := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`~^:?*[\`, r) }
	bad := name == "" || name == "@" || strings.ContainsFunc(name, control) || strings.HasSuffix(name, ".") ||
		strings.Contains(name, "..") || strings.Contains(name, "@{")
	for part := range strings.SplitSeq(name, "/") {
		bad = bad || part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock")
	}
	if bad {
		return fmt.Errorf("%q is not a name that git allows for a tag", name)
	}
	return nil
}
