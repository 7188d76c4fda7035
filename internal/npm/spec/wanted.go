package spec

import (
	"slices"
	"strings"
)

// Leftover tells whether what a dependency wants is a package manager's own word, such as "workspace:*", which that should have put a
// version in the place of before it published. No registry can give what it means.
func Leftover(wanted string) bool {
	protocol, _, ok := strings.Cut(wanted, ":")
	return ok && slices.Contains([]string{"workspace", "catalog", "file", "link", "portal"}, protocol)
}

// Address tells whether a dependency is to come from a repository or a URL, so that no registry is asked for it: "owner/repo",
// "git+https://…". An alias is none.
func Address(wanted string) bool {
	return strings.ContainsAny(wanted, ":/") && !Leftover(wanted) && !strings.HasPrefix(wanted, "npm:")
}
