package glob

import (
	"fmt"
	"slices"
	"strings"
)

// Options say how a pattern is read.
type Options struct {
	IgnoreCase bool
	Base       bool // a pattern without a slash is matched against the base name
	Dots       bool // wildcards match a leading dot
	AnyForm    bool // a part without wildcards right behind a '**' matches names of the same characters in other forms of Unicode
	Plain      bool // "." and doubled slashes count for nothing
}

// Pattern is a pattern that was read.
type Pattern struct {
	alternatives [][]part
	base         bool
}

// What one pattern may cost: its length in bytes, which is npm's own limit, the number of alternatives that its braces expand to, and
// their length together.
const (
	maxPattern      = 64 << 10
	maxAlternatives = 1000
	maxExpanded     = 1 << 20
)

// New reads a pattern. Its error is a sentence about the pattern, with what to do.
func New(pattern string, o Options) (Pattern, error) {
	if len(pattern) > maxPattern {
		return Pattern{}, fmt.Errorf("the pattern %.40q… is longer than %d bytes; write several", pattern, maxPattern)
	}
	expanded, err := expand(pattern)
	if err != nil {
		return Pattern{}, fmt.Errorf("the pattern %.200q %w", pattern, err)
	}
	p := Pattern{base: o.Base}
	for _, alternative := range expanded {
		var parts []part
		searched := false // behind a '**' a name is looked for among those that are there, elsewhere it is looked up as it is written
		for _, text := range simplify(splitPath(alternative), o.Plain) {
			read, err := newPart(text, o)
			if err != nil {
				return Pattern{}, fmt.Errorf("the pattern %.200q %w", pattern, err)
			}
			read.anyForm = read.anyForm && searched
			searched = read.globstar
			parts = append(parts, read)
		}
		p.alternatives = append(p.alternatives, parts)
	}
	return p, nil
}

// Match tells whether the pattern takes path, which may start or end with a slash.
func (p Pattern) Match(path string) bool { return p.match(path, false) }

// MatchBelow tells whether the pattern takes path or may take something below it.
func (p Pattern) MatchBelow(path string) bool { return p.match(path, true) }

func (p Pattern) match(path string, below bool) bool {
	names := splitPath(path)
	for _, parts := range p.alternatives {
		subject := names
		if p.base && len(parts) == 1 {
			subject = []string{lastName(names)}
		}
		if matchParts(subject, parts, below) {
			return true
		}
	}
	return false
}

// Relative tells whether the pattern names something by its base name alone.
func (p Pattern) Relative() bool {
	return slices.ContainsFunc(p.alternatives, func(parts []part) bool { return len(parts) == 1 || len(parts) == 2 && parts[1].empty() })
}

// matchParts goes back, after a mismatch, to the last '**' only: what stood before an earlier one may as well match there. So
// the time that it takes is bounded.
func matchParts(names []string, parts []part, below bool) bool {
	var again []part  // behind the last '**'
	var from []string // what that has not swallowed
	var hidden bool   // '**' does not match names with a leading dot
	swallows := func(names []string) bool { return !hidden || !strings.HasPrefix(names[0], ".") }
	for {
		switch {
		case len(parts) == 0 && (len(names) == 0 || len(names) == 1 && names[0] == ""):
			return true
		case len(parts) > 0 && below && (parts[0].globstar || len(names) == 0):
			return true
		case len(parts) > 0 && parts[0].globstar:
			if len(parts) == 1 && len(names) == 0 { // it wants something
				return false
			}
			hidden = parts[0].hidden
			if len(parts) == 1 {
				for ; len(names) > 0; names = names[1:] {
					if !swallows(names) {
						return false
					}
				}
				return true
			}
			parts = parts[1:]
			again, from = parts, names
			continue
		case len(parts) > 0 && len(names) > 0 && parts[0].match(names[0]):
			parts, names = parts[1:], names[1:]
			continue
		case again == nil || len(from) == 0 || !swallows(from):
			return false
		}
		from = from[1:]
		parts, names = again, from
	}
}

// splitPath splits at slashes, runs of which count as one.
func splitPath(path string) []string {
	names := strings.Split(path, "/")
	kept := names[:1]
	for i, name := range names[1:] {
		if name != "" || i == len(names)-2 && kept[len(kept)-1] != "" {
			kept = append(kept, name)
		}
	}
	return kept
}

func lastName(names []string) string {
	for i := len(names) - 1; i >= 0; i-- {
		if names[i] != "" {
			return names[i]
		}
	}
	return ""
}

// simplify joins adjacent '**' and resolves "..", and "." where it is plain.
func simplify(texts []string, plain bool) []string {
	var kept []string
	for _, text := range texts {
		if plain && text == "." {
			continue
		}
		last := ""
		if len(kept) > 0 {
			last = kept[len(kept)-1]
		}
		switch {
		case text == "**" && last == "**":
		case text == ".." && last != "" && last != "." && last != ".." && last != "**":
			kept = kept[:len(kept)-1]
		default:
			kept = append(kept, text)
		}
	}
	if len(kept) == 0 {
		return []string{""}
	}
	return kept
}
