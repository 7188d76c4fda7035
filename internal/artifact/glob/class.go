package glob

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// class is what […] matches: one of its ranges and tables, or what is in none of its exceptions.
type class struct {
	ranges     [][2]rune
	tables     []*unicode.RangeTable
	exceptions []*unicode.RangeTable // of [:graph:] and [:print:]
	negated    bool
}

type classRead struct {
	node
	codePoints bool
}

// posix are the POSIX classes, which go by Unicode's categories, unless they are ranges.
func posix(name string) (c class, codePoints, known bool) {
	switch name {
	case "[:alnum:]":
		c.tables = []*unicode.RangeTable{unicode.L, unicode.Nl, unicode.Nd}
	case "[:alpha:]":
		c.tables = []*unicode.RangeTable{unicode.L, unicode.Nl}
	case "[:ascii:]":
		return class{ranges: [][2]rune{{0, 0x7f}}}, false, true
	case "[:blank:]":
		c = class{tables: []*unicode.RangeTable{unicode.Zs}, ranges: [][2]rune{{'\t', '\t'}}}
	case "[:cntrl:]":
		c.tables = []*unicode.RangeTable{unicode.Cc}
	case "[:digit:]":
		c.tables = []*unicode.RangeTable{unicode.Nd}
	case "[:graph:]":
		c.exceptions = []*unicode.RangeTable{unicode.Z, unicode.C}
	case "[:lower:]":
		c.tables = []*unicode.RangeTable{unicode.Ll}
	case "[:print:]":
		c.exceptions = []*unicode.RangeTable{unicode.C}
	case "[:punct:]":
		c.tables = []*unicode.RangeTable{unicode.P}
	case "[:space:]":
		c = class{tables: []*unicode.RangeTable{unicode.Z}, ranges: [][2]rune{{'\t', '\r'}}}
	case "[:upper:]":
		c.tables = []*unicode.RangeTable{unicode.Lu}
	case "[:word:]":
		c.tables = []*unicode.RangeTable{unicode.L, unicode.Nl, unicode.Nd, unicode.Pc}
	case "[:xdigit:]":
		return class{ranges: [][2]rune{{'A', 'F'}, {'a', 'f'}, {'0', '9'}}}, false, true
	default:
		return class{}, false, false
	}
	return c, true, true
}

// readClass reads a leading "[…]" and returns its length, 0 where it is not closed. One that nothing can match takes all the text.
func readClass(text []rune) (read classRead, length int) {
	c, codePoints := class{}, false
	i, named := 1, false
	if i < len(text) && (text[i] == '!' || text[i] == '^') {
		c.negated = true
		i++
	}
	nothing := func() (classRead, int) { return classRead{node: node{kind: never}}, len(text) }
	from, escaping, begun := rune(-1), false, false
	for ; i < len(text); i++ {
		r := text[i]
		if r == ']' && begun && !escaping {
			return finishClass(c, codePoints, named, i+1, len(text))
		}
		begun = true
		if r == '\\' && !escaping {
			escaping = true
			continue
		}
		if r == '[' && !escaping {
			if name, more, unicodes, known := posixAt(text[i:]); known {
				if from >= 0 {
					return nothing()
				}
				c.ranges, c.tables = append(c.ranges, more.ranges...), append(c.tables, more.tables...)
				c.exceptions = append(c.exceptions, more.exceptions...)
				codePoints, named = codePoints || unicodes, true
				i += name - 1
				continue
			}
		}
		escaping = false
		next := func(at int) rune {
			if i+at < len(text) {
				return text[i+at]
			}
			return -1
		}
		switch {
		case from >= 0:
			if r >= from {
				c.ranges = append(c.ranges, [2]rune{from, r})
			}
			from = -1
		case next(1) == '-' && next(2) == ']':
			c.ranges = append(c.ranges, [2]rune{r, r}, [2]rune{'-', '-'})
			i++
		case next(1) == '-':
			from = r
			i++
		default:
			c.ranges = append(c.ranges, [2]rune{r, r})
		}
	}
	return classRead{}, 0
}

func posixAt(text []rune) (length int, c class, codePoints, known bool) {
	end := slices.Index(text, ']')
	if end < 0 {
		return 0, class{}, false, false
	}
	c, codePoints, known = posix(string(text[:end+1]))
	return end + 1, c, codePoints, known
}

// finishClass makes a node of what was read.
func finishClass(c class, codePoints, named bool, length, all int) (classRead, int) {
	if len(c.ranges)+len(c.tables)+len(c.exceptions) == 0 {
		return classRead{node: node{kind: never}}, all
	}
	if len(c.ranges) == 1 && c.ranges[0][0] == c.ranges[0][1] && !c.negated && !named && c.ranges[0][0] != '\n' {
		return classRead{node: node{kind: literal, unit: c.ranges[0][0]}}, length
	}
	if len(c.ranges) > 0 && !c.negated && !named && c.ranges[0][0] == '^' { // npm does not escape it, so that it negates
		c.negated = true
		if last := c.ranges[0][1]; last == '^' {
			c.ranges = c.ranges[1:]
		} else {
			c.ranges = append([][2]rune{{'-', '-'}, {last, last}}, c.ranges[1:]...)
		}
	}
	if codePoints {
		c.ranges = joinRanges(c.ranges)
	}
	return classRead{node: node{kind: oneOf, class: &c}, codePoints: codePoints}, length
}

// joinRanges makes code points of the pairs of surrogates among single units.
func joinRanges(ranges [][2]rune) [][2]rune {
	var joined [][2]rune
	for _, one := range ranges {
		if last := len(joined) - 1; last >= 0 {
			if r := utf16.DecodeRune(joined[last][1], one[0]); r != unicode.ReplacementChar {
				if joined[last][0] == joined[last][1] {
					joined[last][0] = r
				}
				joined[last][1] = max(r, one[1])
				continue
			}
		}
		joined = append(joined, one)
	}
	return joined
}

func (c *class) has(r rune) bool {
	for _, one := range c.ranges {
		if one[0] <= r && r <= one[1] {
			return true
		}
	}
	return unicode.In(r, c.tables...)
}

// match tells whether the class takes r, or one of its other cases.
func (c *class) match(r rune, ignoreCase, codePoints bool) bool {
	in, except := false, len(c.exceptions) > 0
	for _, other := range cases(r, ignoreCase, codePoints) {
		in = in || c.has(other)
		if unicode.In(other, c.exceptions...) || slices.Contains(c.exceptions, unicode.C) && unassigned(other) {
			except = false
		}
	}
	if c.negated {
		listed := len(c.ranges)+len(c.tables) > 0 && !in
		return listed || len(c.exceptions) > 0 && !except
	}
	return in || except
}

// unassigned code points are of category C as well, which Go's table leaves out.
func unassigned(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C)
}

// cases are r and, where case is ignored, all that npm's expressions take for the same letter.
func cases(r rune, ignoreCase, codePoints bool) []rune {
	all := []rune{r}
	if !ignoreCase {
		return all
	}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		if codePoints || canonical(other) == canonical(r) {
			all = append(all, other)
		}
	}
	return all
}

// canonical is the form that letters are compared in: capitals, unless these are several, or ASCII for what is none, or outside of
// UTF-16's single units.
func canonical(r rune) rune {
	upper := unicode.ToUpper(r)
	severalCapitals := r >= 0x1f80 && r <= 0x1faf || strings.ContainsRune("\u1fb3\u1fbc\u1fc3\u1fcc\u1ff3\u1ffc", r)
	if r > 0xffff || severalCapitals || r >= 0x80 && upper < 0x80 {
		return r
	}
	return upper
}

// sameLetters compares without regard to case.
func sameLetters(a, b string) bool {
	x, y := []rune(a), []rune(b)
	return slices.EqualFunc(x, y, func(x, y rune) bool { return x == y || canonical(x) == canonical(y) })
}
