package glob

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Escaped characters stand, while braces are expanded, for themselves alone: as runes that no text holds.
const (
	escapedSlash = rune(0x110000 + iota)
	escapedOpen
	escapedClose
	escapedComma
	escapedPeriod
)

// expand returns the alternatives of a pattern with {a,b} or {1..3} in it. Other braces stand for themselves. What it does with
// braces that do not fit each other is Bash's way, as it is npm's.
func expand(pattern string) ([]string, error) {
	if !regexp.MustCompile(`\{[^{\n\r\x{2028}\x{2029}]*\}`).MatchString(pattern) {
		return []string{pattern}, nil
	}
	text := escape(pattern)
	if strings.HasPrefix(pattern, "{}") { // but not when it stands anywhere else
		text[0], text[1] = escapedOpen, escapedClose
	}
	b := braces{}
	expanded, err := b.expand(text, true, 0)
	if err != nil {
		return nil, err
	}
	var patterns []string
	for _, runes := range expanded {
		if text := unescape(runes); !slices.Contains(patterns, text) {
			patterns = append(patterns, text)
		}
	}
	return patterns, nil
}

// escape keeps '\\' in pairs, as the later one of two may itself escape what follows.
func escape(pattern string) []rune {
	var text []rune
	runes := []rune(pattern)
	escaped := map[rune]rune{'\\': escapedSlash, '{': escapedOpen, '}': escapedClose, ',': escapedComma, '.': escapedPeriod}
	for i := 0; i < len(runes); i++ {
		if runes[i] == '\\' && i+1 < len(runes) && escaped[runes[i+1]] != 0 {
			i++
			text = append(text, escaped[runes[i]])
			continue
		}
		text = append(text, runes[i])
	}
	return text
}

func unescape(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		if r >= escapedSlash {
			r = rune(`\{},.`[r-escapedSlash])
		}
		b.WriteRune(r)
	}
	return b.String()
}

// braces counts what a pattern costs.
type braces struct{ size, rewrites int }

// What the expansion of a pattern may cost besides: how deep its braces are nested, and how often a closing one that fits nothing is
// taken for text.
const (
	maxDepth    = 100
	maxRewrites = 1000
)

func (b *braces) expand(text []rune, top bool, depth int) ([][]rune, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("has braces more than %d deep; write it without", maxDepth)
	}
	all := [][]rune{nil}
	first, dropEmpty := true, false
	for {
		open, end := balanced(text)
		if open < 0 {
			return b.combine(all, text, [][]rune{nil}, dropEmpty)
		}
		before, body, after := text[:open], text[open+1:end], text[end+1:]
		if len(before) > 0 && before[len(before)-1] == '$' { // a shell's variable
			var err error
			all, err = b.combine(all, text[:end+1], [][]rune{nil}, dropEmpty && len(after) == 0)
			if first = false; err != nil || len(after) == 0 {
				return all, err
			}
			text = after
			continue
		}
		sequence, isSequence, err := b.sequence(body)
		if err != nil {
			return nil, err
		}
		if !isSequence && !slices.Contains(body, ',') {
			if b.rewrites < maxRewrites && reopens(after) { // {a},b} is a}, or b
				b.rewrites++
				text = slices.Concat(text[:end], []rune{escapedClose}, after)
				top = true
				continue
			}
			return b.combine(all, text, [][]rune{nil}, dropEmpty)
		}
		if first {
			dropEmpty, first = top && !isSequence, false
		}
		options := sequence
		if !isSequence {
			if options, err = b.options(body, depth); err != nil {
				return nil, err
			}
		}
		all, err = b.combine(all, before, options, dropEmpty && len(after) == 0)
		if err != nil || len(after) == 0 {
			return all, err
		}
		text = after
	}
}

// options expands what commas part in braces.
func (b *braces) options(body []rune, depth int) (options [][]rune, err error) {
	split := splitOptions(body)
	if len(split) == 1 { // {{a,b}} is {a} or {b}
		inner, err := b.expand(split[0], false, depth+1)
		for i := range inner {
			inner[i] = slices.Concat([]rune{'{'}, inner[i], []rune{'}'})
		}
		if split = inner; err != nil || len(inner) == 1 {
			return inner, err
		}
	}
	for _, option := range split {
		expanded, err := b.expand(option, false, depth+1)
		if err != nil {
			return nil, err
		}
		options = append(options, expanded...)
	}
	return options, nil
}

// combine appends text and each of the options to each of what there is.
func (b *braces) combine(all [][]rune, text []rune, options [][]rune, dropEmpty bool) (combined [][]rune, err error) {
	for _, start := range all {
		for _, option := range options {
			whole := slices.Concat(start, text, option)
			if dropEmpty && len(whole) == 0 {
				continue
			}
			combined = append(combined, whole)
			if b.size += len(whole); len(combined) > maxAlternatives || b.size > maxExpanded {
				return nil, fmt.Errorf("stands for more than %d alternatives; write several patterns", maxAlternatives)
			}
		}
	}
	return combined, nil
}

// reopens tells whether text has a comma and, behind it in the same line, a closing brace.
func reopens(text []rune) bool {
	return regexp.MustCompile(`,(?:[^,\n\r\x{2028}\x{2029}][^\n\r\x{2028}\x{2029}]*)?\}`).MatchString(plain(text))
}

// plain is the text with something that stands for no other character in place of the escaped ones.
func plain(text []rune) string {
	kept := slices.Clone(text)
	for i, r := range kept {
		if r >= escapedSlash {
			kept[i] = 0
		}
	}
	return string(kept)
}

// sequence expands {1..3}, {a..e..2} and the like.
func (b *braces) sequence(body []rune) (values [][]rune, is bool, err error) {
	text := plain(body)
	numbers := regexp.MustCompile(`^-?\d+\.\.-?\d+(?:\.\.-?\d+)?$`).MatchString(text)
	letters := regexp.MustCompile(`^[a-zA-Z]\.\.[a-zA-Z](?:\.\.-?\d+)?$`).MatchString(text)
	if !numbers && !letters {
		return nil, false, nil
	}
	ends := strings.Split(text, "..")
	from, to, step := numeric(ends[0]), numeric(ends[1]), 1.0
	if len(ends) == 3 {
		step = max(1, math.Abs(numeric(ends[2])))
	}
	if math.Max(math.Abs(from), math.Max(math.Abs(to), step)) > 1<<53 {
		return nil, true, errors.New("counts further than numbers are exact; write it without braces")
	}
	count := math.Floor(math.Abs(to-from)/step) + 1
	if count > maxAlternatives {
		return nil, true, fmt.Errorf("stands for more than %d alternatives; write several patterns", maxAlternatives)
	}
	if to < from {
		step = -step
	}
	width := 0
	if slices.ContainsFunc(ends, regexp.MustCompile(`^-?0\d`).MatchString) {
		width = max(len(ends[0]), len(ends[1]))
	}
	for i := range int(count) {
		at := int64(from + float64(i)*step)
		switch {
		case numbers:
			values = append(values, []rune(fmt.Sprintf("%0*d", width, at)))
		case at == '\\':
			values = append(values, nil)
		default:
			values = append(values, []rune{rune(at)}) //nolint:gosec // G115: one of a to Z
		}
	}
	return values, true, nil
}

func numeric(text string) float64 {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n
	}
	return float64(text[0])
}

// splitOptions splits at the commas that stand in no inner braces.
func splitOptions(body []rune) (parts [][]rune) {
	var carried []rune
	for {
		open, end := balanced(body)
		loose := body
		if open >= 0 {
			loose = body[:open]
		}
		pieces := splitAt(loose, ',')
		pieces[0] = slices.Concat(carried, pieces[0])
		last := len(pieces) - 1
		if open < 0 {
			return append(parts, pieces...)
		}
		pieces[last] = slices.Concat(pieces[last], body[open:end+1])
		if end+1 == len(body) {
			return append(parts, pieces...)
		}
		parts, carried, body = append(parts, pieces[:last]...), pieces[last], body[end+1:]
	}
}

func splitAt(text []rune, at rune) (pieces [][]rune) {
	for {
		i := slices.Index(text, at)
		if i < 0 {
			return append(pieces, text)
		}
		pieces, text = append(pieces, text[:i]), text[i+1:]
	}
}

// balanced finds the first braces that fit each other; where one more opens than closes, those are taken that begin first of all
// that are closed. open is negative where there are none.
func balanced(text []rune) (open, end int) {
	var opened []int
	left, right := len(text), -1
	for i, r := range text {
		switch {
		case r == '{':
			opened = append(opened, i)
		case r == '}' && len(opened) == 1:
			return opened[0], i
		case r == '}' && len(opened) > 1:
			last := opened[len(opened)-1]
			if opened = opened[:len(opened)-1]; last < left {
				left, right = last, i
			}
		}
	}
	if right >= 0 {
		return left, right
	}
	return -1, -1
}
