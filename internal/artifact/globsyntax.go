package artifact

import (
	"fmt"
	"regexp"
	"strings"
)

// expandBraces returns the alternatives of a pattern with {a,b} in it. Braces without a comma stand for themselves.
func expandBraces(pattern string) ([]string, error) {
	open, commas, end := findBraces(pattern)
	if end < 0 {
		return []string{pattern}, nil
	}
	tails, err := expandBraces(pattern[end+1:])
	if err != nil {
		return nil, err
	}
	var options []string
	from := open + 1
	for _, to := range append(commas, end) {
		inner, err := expandBraces(pattern[from:to])
		if err != nil {
			return nil, err
		}
		options = append(options, inner...)
		from = to + 1
	}
	if len(options)*len(tails) > maxAlternatives {
		return nil, fmt.Errorf("the pattern %q stands for more than %d alternatives", pattern, maxAlternatives)
	}
	var expanded []string
	for _, option := range options {
		for _, tail := range tails {
			expanded = append(expanded, pattern[:open]+option+tail)
		}
	}
	return expanded, nil
}

// findBraces finds the first braces that hold a comma, with the commas that part their options. Its end is negative when
// there are none.
func findBraces(pattern string) (open int, commas []int, end int) {
	for open := 0; open < len(pattern); open++ {
		switch {
		case pattern[open] == '\\':
			open++
			continue
		case pattern[open] != '{' || open > 0 && pattern[open-1] == '$':
			continue
		}
		depth := 0
		commas = nil
	scan:
		for i := open + 1; i < len(pattern); i++ {
			switch pattern[i] {
			case '\\':
				i++
			case '{':
				depth++
			case ',':
				if depth == 0 {
					commas = append(commas, i)
				}
			case '}':
				if depth == 0 && commas != nil {
					return open, commas, i
				}
				if depth == 0 {
					break scan
				}
				depth--
			}
		}
	}
	return 0, nil, -1
}

// newSegment compiles the part of a pattern between two slashes.
func newSegment(part string) (segment, error) {
	if part == "**" {
		return segment{globstar: true}, nil
	}
	if strings.Trim(part, "*") == "" && part != "" {
		return segment{expression: regexp.MustCompile(`(?s)^.+$`)}, nil
	}
	literal, magic := strings.Builder{}, false
	expression := strings.Builder{}
	expression.WriteString("(?is)^")
	for i := 0; i < len(part); {
		c := part[i]
		if i+1 < len(part) && part[i+1] == '(' && strings.IndexByte("@?+*!", c) >= 0 && strings.Contains(part[i:], ")") {
			return segment{}, fmt.Errorf("%s( ) is not understood here; %s", string(c), packIt)
		}
		width := 1
		switch {
		case c == '*':
			expression.WriteString(".*")
			magic = true
		case c == '?':
			expression.WriteString(".")
			magic = true
		case c == '[':
			if class, length := characterClass(part[i:]); length > 0 {
				expression.WriteString(class)
				width, magic = length, true
				break
			}
			expression.WriteString(`\[`)
			literal.WriteByte(c)
		case c == '\\' && i+1 < len(part):
			expression.WriteString(regexp.QuoteMeta(part[i+1 : i+2]))
			literal.WriteByte(part[i+1])
			width = 2
		default:
			expression.WriteString(regexp.QuoteMeta(part[i : i+1]))
			literal.WriteByte(c)
		}
		i += width
	}
	if !magic {
		return segment{literal: literal.String()}, nil
	}
	compiled, err := regexp.Compile(expression.String() + "$")
	if err != nil {
		return segment{}, fmt.Errorf("%q cannot be read: %w", part, err)
	}
	return segment{expression: compiled}, nil
}

// characterClass turns a leading "[…]" into a regular expression's and returns its length, 0 where it is not closed.
func characterClass(s string) (class string, length int) {
	var b strings.Builder
	b.WriteByte('[')
	i := 1
	if i < len(s) && (s[i] == '!' || s[i] == '^') {
		b.WriteByte('^')
		i++
	}
	for first := i; i < len(s); i++ {
		switch {
		case s[i] == ']' && i > first:
			return b.String() + "]", i + 1
		case strings.HasPrefix(s[i:], "[:") && strings.Contains(s[i:], ":]"):
			end := i + strings.Index(s[i:], ":]") + 1
			b.WriteString(s[i : end+1])
			i = end
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteString(`\` + s[i:i+1])
		case strings.IndexByte(`[]^\`, s[i]) >= 0:
			b.WriteString(`\` + s[i:i+1])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0
}
