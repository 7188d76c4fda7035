package glob

import (
	"errors"
	"strings"
	"unicode"
)

// compiler turns groups into nodes.
type compiler struct {
	codePoints bool // a class of Unicode's is among them
	awkward    bool // so is text that npm's expressions do not take beside such a class
}

// compile returns what a row matches.
func (c *compiler) compile(row *group) (nodes []node, err error) {
	something := row.starts() && row.ends() && !row.hasGroups()
	for _, one := range row.row {
		if one.group == nil {
			more, err := c.text(one.text, something)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, more...)
			continue
		}
		if one.group.kind == 0 {
			more, err := c.compile(one.group)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, more...)
			continue
		}
		n, err := c.group(one.group)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func (c *compiler) group(g *group) (node, error) {
	if g.kind == '!' && g.empty {
		return node{kind: star, atLeast: 1}, nil
	}
	n := node{kind: alternation, repeats: g.kind}
	if g.kind == '!' {
		n.kind = negation
	}
	whole := g.kind != '!' && g.starts() && g.ends()
	for _, one := range g.row {
		nodes, err := c.compile(one.group)
		if err != nil {
			return node{}, err
		}
		if len(nodes) > 0 || !whole {
			n.alternatives = append(n.alternatives, nodes)
		}
	}
	if len(n.alternatives) == 0 {
		return node{}, errors.New("has nothing in its parentheses; write what they should match")
	}
	return n, nil
}

// text compiles what stands between groups. Where something is set, stars alone match one character at least.
func (c *compiler) text(text []rune, something bool) (nodes []node, err error) {
	stars := strings.Trim(string(text), "*") == ""
	for i := 0; i < len(text); i++ {
		switch r := text[i]; {
		case r == '*':
			if i > 0 && text[i-1] == '*' && len(nodes) > 0 && nodes[len(nodes)-1].kind == star {
				continue
			}
			n := node{kind: star}
			if stars && something {
				n.atLeast = 1
			}
			nodes = append(nodes, n)
		case r == '\\' && i+1 < len(text):
			i++
			if text[i] == '|' {
				return nil, errors.New(`has "\|", which npm takes for two patterns; write [|]`)
			}
			c.awkward = c.awkward || text[i] == '!'
			nodes = append(nodes, node{kind: literal, unit: text[i]})
		case r == '[':
			read, length := readClass(text[i:])
			if length == 0 {
				nodes = append(nodes, node{kind: literal, unit: r})
				continue
			}
			c.codePoints = c.codePoints || read.codePoints
			nodes = append(nodes, read.node)
			i += length - 1
		case r == '?':
			nodes = append(nodes, node{kind: anyUnit})
		default:
			c.awkward = c.awkward || strings.ContainsRune("-,#", r) || unicode.IsSpace(r) || r == 0xfeff
			nodes = append(nodes, node{kind: literal, unit: r})
		}
	}
	return nodes, nil
}
