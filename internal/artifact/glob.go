package artifact

import (
	"fmt"
	"regexp"
	"strings"
)

// glob is a pattern in the dialect of npm's ignore files and `files` lists: braces, '*', '?', '[…]' and '**', without
// regard to case, dots nothing special. A pattern without a slash is matched against the base name.
type glob struct{ alternatives [][]segment }

// segment matches one part of a path: exactly, by expression, or, as '**', any number of parts.
type segment struct {
	literal    string
	expression *regexp.Regexp
	globstar   bool
}

// What one pattern may cost: its length in bytes, and the number of alternatives that its braces expand to.
const (
	maxPattern      = 4096
	maxAlternatives = 1000
)

func newGlob(pattern string) (glob, error) {
	if len(pattern) > maxPattern {
		return glob{}, fmt.Errorf("the pattern %q… is longer than %d bytes", pattern[:40], maxPattern)
	}
	if from := strings.Index(pattern, "{"); from >= 0 && strings.Contains(pattern[from:], "..") {
		return glob{}, fmt.Errorf("the pattern %q: sequences in braces are not understood here; %s", pattern, packIt)
	}
	expanded, err := expandBraces(pattern)
	if err != nil {
		return glob{}, err
	}
	var g glob
	for _, alternative := range expanded {
		var segments []segment
		for _, part := range simplify(splitPath(alternative)) {
			s, err := newSegment(part)
			if err != nil {
				return glob{}, fmt.Errorf("the pattern %q: %w", pattern, err)
			}
			segments = append(segments, s)
		}
		g.alternatives = append(g.alternatives, segments)
	}
	return g, nil
}

// match tells whether the pattern takes path, which may start or end with a slash. A partial match is enough of a
// directory that leads to something the pattern may take.
func (g glob) match(path string, partial bool) bool {
	parts := splitPath(path)
	for _, segments := range g.alternatives {
		subject := parts
		if len(segments) == 1 {
			subject = []string{lastPart(parts)}
		}
		if matchParts(subject, segments, partial) {
			return true
		}
	}
	return false
}

// relative tells whether the pattern names something by its base name alone.
func (g glob) relative() bool {
	for _, segments := range g.alternatives {
		last := segments[len(segments)-1]
		trailingSlash := last.literal == "" && last.expression == nil && !last.globstar
		if len(segments) == 1 || len(segments) == 2 && trailingSlash {
			return true
		}
	}
	return false
}

// matchParts goes back, after a mismatch, to the last '**' only: what stood before an earlier one may as well match there. So
// the time that it takes is bounded.
func matchParts(parts []string, segments []segment, partial bool) bool {
	var again []segment // behind the last '**'
	var from []string   // what that has not swallowed
	for {
		switch {
		case len(segments) == 0 && (len(parts) == 0 || len(parts) == 1 && parts[0] == ""):
			return true
		case len(segments) > 0 && partial && (segments[0].globstar || len(parts) == 0):
			return true
		case len(segments) == 1 && segments[0].globstar:
			return len(parts) > 0
		case len(segments) > 0 && segments[0].globstar:
			segments = segments[1:]
			again, from = segments, parts
			continue
		case len(segments) > 0 && len(parts) > 0 && segments[0].match(parts[0]):
			segments, parts = segments[1:], parts[1:]
			continue
		case again == nil || len(from) == 0:
			return false
		}
		from = from[1:]
		segments, parts = again, from
	}
}

func (s segment) match(part string) bool {
	if s.expression != nil {
		return s.expression.MatchString(part)
	}
	return strings.EqualFold(s.literal, part)
}

// splitPath splits at slashes, runs of which count as one.
func splitPath(path string) []string {
	parts := strings.Split(path, "/")
	kept := parts[:1]
	for i, part := range parts[1:] {
		if part != "" || i == len(parts)-2 && kept[len(kept)-1] != "" {
			kept = append(kept, part)
		}
	}
	return kept
}

func lastPart(parts []string) string {
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i] != "" {
			return parts[i]
		}
	}
	return ""
}

// simplify joins adjacent '**' and resolves "..".
func simplify(parts []string) []string {
	var kept []string
	for _, part := range parts {
		last := ""
		if len(kept) > 0 {
			last = kept[len(kept)-1]
		}
		switch {
		case part == "**" && last == "**":
		case part == ".." && last != "" && last != "." && last != ".." && last != "**":
			kept = kept[:len(kept)-1]
		default:
			kept = append(kept, part)
		}
	}
	if len(kept) == 0 {
		return []string{""}
	}
	return kept
}
