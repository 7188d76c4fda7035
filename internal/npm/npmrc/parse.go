package npmrc

import (
	"encoding/json"
	"fmt"
	"strings"
)

// parse reads an .npmrc by hand: its dialect (npm's "ini" package) ends a value at any # or ; without a backslash, takes
// quoted values as JSON and skips lines that it does not understand. A general ini reader has other rules for each, and
// puts the line, with the token in it, into its errors.
func parse(file, text string, env environment) *layer {
	l := &layer{settings: map[string]setting{}}
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.ContainsRune("#;", rune(line[0])) {
			continue
		}
		if line[0] == '[' && strings.HasSuffix(line, "]") {
			break // nothing that concerns registries stands in a section
		}
		key, value, found := strings.Cut(line, "=")
		if !found || key == "" {
			continue
		}
		key, _ = env.expand(unquote(key))
		value, unset := env.expand(unquote(value))
		l.settings[key] = setting{value: value, from: fmt.Sprintf("%s:%d", file, number), unset: unset}
	}
	return l
}

// unquote returns what a key or value stands for.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == s[len(s)-1] && (s[0] == '"' || s[0] == '\'') {
		inner := s
		if s[0] == '\'' {
			inner = s[1 : len(s)-1]
			s = inner
		}
		var text string
		if json.Unmarshal([]byte(inner), &text) == nil {
			return text
		}
		return s
	}
	var plain strings.Builder
	escaped := false
	for _, r := range s {
		isSpecial := strings.ContainsRune(`\;#`, r)
		switch {
		case escaped && !isSpecial:
			plain.WriteRune('\\')
			fallthrough
		case escaped:
			plain.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case isSpecial:
			return strings.TrimSpace(plain.String())
		default:
			plain.WriteRune(r)
		}
	}
	if escaped {
		plain.WriteRune('\\')
	}
	return strings.TrimSpace(plain.String())
}
