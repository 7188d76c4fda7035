package manifest

import (
	"slices"
	"strings"
)

// isOwnerAndName tells GitHub's owner/name from a path, a package and a URL.
func isOwnerAndName(s string) bool {
	before, _, _ := strings.Cut(s, "#")
	if strings.IndexByte(s, '/') <= 0 || strings.Count(before, "/") > 1 || strings.HasSuffix(before, "/") || strings.HasPrefix(s, ".") {
		return false
	}
	return !strings.ContainsAny(before, "@:") && !strings.ContainsFunc(before, isSpace)
}

// parseGitURL reads what people write for a repository: also without a protocol, or with a colon for the path as ssh takes it.
func parseGitURL(s string) (address, bool) {
	s = withProtocol(s)
	if at, ok := parseURL(s); ok {
		return at, true
	}
	before, hash := s, ""
	if i := strings.IndexByte(s, '#'); i >= 0 {
		before, hash = s[:i], s[i:]
	}
	at, colon := strings.LastIndexByte(before, '@'), strings.LastIndexByte(before, ':')
	if colon > at {
		before = before[:colon] + "/" + before[colon+1:]
	}
	s = before + hash
	if strings.LastIndexByte(before, ':') < 0 && !strings.Contains(s, "//") {
		s = "git+ssh://" + s
	}
	return parseURL(s)
}

// withProtocol adds the slashes that a protocol like git: was written without, and ssh's to what has a user before a colon.
func withProtocol(s string) string {
	colon := strings.IndexByte(s, ':')
	known := []string{"git+ssh:", "ssh:", "git+https:", "git:", "http:", "https:", "git+http:"}
	for _, h := range hosts() {
		known = append(known, h.name+":")
	}
	if slices.Contains(known, s[:colon+1]) || colon >= 0 && strings.HasPrefix(s[colon:], "://") {
		return s
	}
	switch at := strings.IndexByte(s, '@'); {
	case at > colon:
		return "git+ssh://" + s
	case at >= 0:
		return s
	}
	return s[:colon+1] + "//" + s[colon+1:]
}
