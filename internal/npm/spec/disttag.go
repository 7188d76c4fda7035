package spec

import (
	"fmt"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Latest is the dist-tag that npm installs when none is asked for.
const Latest DistTag = "latest"

// DistTag names a version of a package: "latest", "next".
type DistTag string

// ParseDistTag checks s: npm refuses tags that read as a version or range, and those that a URL would have to escape.
func ParseDistTag(s string) (DistTag, error) {
	if s == "" {
		return "", fmt.Errorf("a dist-tag must not be empty")
	}
	if _, err := semver.NewConstraint(s); err == nil {
		return "", fmt.Errorf("the dist-tag %q reads as a version range", s)
	}
	plain := func(r rune) bool { // what encodeURIComponent leaves as it is
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.!~*'()", r)
	}
	if s == "." || s == ".." || strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return "", fmt.Errorf("the dist-tag %q does not stand for itself in a URL; use letters, digits, '-', '_' and '.'", s)
	}
	return DistTag(s), nil
}

// String returns the tag as npm writes it.
func (t DistTag) String() string { return string(t) }
