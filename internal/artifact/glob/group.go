package glob

import (
	"errors"
	"slices"
	"strings"
)

// group is a part of a pattern, or what stands in the parentheses of one: @(…), ?(…), +(…), *(…) or !(…), whose children are its
// alternatives. A group without a kind is a row of texts and groups.
type group struct {
	kind   rune // 0: a row
	parent *group
	at     int // how many children its parent had when it came
	empty  bool
	row    []child
}

// child is either a text, in UTF-16's units, or a group.
type child struct {
	text  []rune
	group *group
}

func (g *group) push(c child) {
	if c.group != nil || len(c.text) > 0 {
		g.row = append(g.row, c)
	}
}

func (g *group) add(kind rune) *group { return &group{kind: kind, parent: g, at: len(g.row)} }

// starts tells whether what the group matches starts the name; only what must not match may stand before.
func (g *group) starts() bool {
	if g.parent == nil {
		return true
	}
	return g.parent.starts() && !slices.ContainsFunc(g.parent.row[:g.at], func(c child) bool { return c.group == nil || c.group.kind != '!' })
}

// ends tells whether what the group matches ends the name.
func (g *group) ends() bool {
	switch {
	case g.parent == nil, g.parent.kind == '!':
		return true
	case !g.parent.ends():
		return false
	}
	return g.kind == 0 || g.at == len(g.parent.row)-1
}

func (g *group) hasGroups() bool {
	return slices.ContainsFunc(g.row, func(c child) bool { return c.group != nil })
}

// copyIn appends a copy of a child.
func (g *group) copyIn(c child) {
	if c.group == nil {
		g.push(c)
		return
	}
	copied := g.add(c.group.kind)
	for _, inner := range c.group.row {
		copied.copyIn(inner)
	}
	g.push(child{group: copied})
}

// maxNegations is how many !(…) may stand between two slashes, as each looks at all that follows.
const maxNegations = 2

// fillTails appends to what !(…) must not match all that follows it: a name is let go only if the rest fits, too.
func (g *group) fillTails(negations []*group) error {
	if len(negations) > maxNegations {
		return errors.New("has more than two !( ) between slashes; write several patterns")
	}
	for _, negation := range slices.Backward(negations) {
		for _, rest := range g.row[negation.at+1:] {
			for _, alternative := range negation.row {
				alternative.group.copyIn(rest)
			}
		}
	}
	return nil
}

// reader reads groups.
type reader struct {
	units     []rune
	root      *group
	negations []*group
}

var errUnclosed = errors.New("a group is not closed") // never leaves the package

// read reads the row of the root.
func (r *reader) read(root *group) error {
	var text []rune
	in := brackets{}
	for i := 0; i < len(r.units); {
		c := r.units[i]
		i++
		if plain := in.skip(c, i); plain || !r.opens(i-1) {
			text = append(text, c)
			continue
		}
		root.push(child{text: text})
		text = nil
		found := root.add(c)
		end, err := r.alternatives(found, i)
		if errors.Is(err, errUnclosed) { // then it is none
			found.kind, found.row = 0, []child{{text: r.units[i-1:]}}
			root.push(child{group: found})
			return nil
		}
		if err != nil {
			return err
		}
		if c == '!' {
			r.negations = append(r.negations, found)
		}
		root.push(child{group: found})
		i = end
	}
	root.push(child{text: text})
	return nil
}

func (r *reader) opens(at int) bool {
	return strings.ContainsRune("!?+*@", r.units[at]) && at+1 < len(r.units) && r.units[at+1] == '('
}

// alternatives reads those of a group whose parenthesis opens at i, and returns where it ends.
func (r *reader) alternatives(g *group, i int) (end int, err error) {
	i++
	var rows []child
	var text []rune
	in, nested := brackets{}, false
	one := g.add(0)
	for i < len(r.units) {
		c := r.units[i]
		i++
		if in.skip(c, i) {
			text = append(text, c)
			continue
		}
		switch {
		case r.opens(i - 1):
			nested = true
			if i, err = r.alternatives(g.add(c), i); err != nil && errors.Is(err, errUnclosed) {
				return 0, err
			}
		case c == '|':
			one.push(child{text: text})
			rows, text, one = append(rows, child{group: one}), nil, g.add(0)
		case c == ')':
			if nested {
				return i, errors.New("has groups in groups; write several patterns")
			}
			g.empty = len(text) == 0
			one.push(child{text: text})
			rows = append(rows, child{group: one})
			g.row = rows
			return i, nil
		default:
			text = append(text, c)
		}
	}
	return 0, errUnclosed
}

// brackets follows what is escaped and what stands in […], where no group begins.
type brackets struct {
	escaping, inside, negated bool
	from                      int
}

// skip tells whether c, before i, is such a character.
func (b *brackets) skip(c rune, i int) bool {
	switch {
	case b.escaping || c == '\\':
		b.escaping = !b.escaping
	case b.inside:
		if i == b.from+1 {
			b.negated = b.negated || c == '^' || c == '!'
		} else if c == ']' && !(i == b.from+2 && b.negated) {
			b.inside = false
		}
	case c == '[':
		b.inside, b.from, b.negated = true, i, false
	default:
		return false
	}
	return true
}
