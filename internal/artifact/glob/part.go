package glob

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// part matches one name of a path: exactly, by an ending, by nodes, or, as '**', any number of names.
type part struct {
	ignoreCase bool
	anyForm    bool
	globstar   bool
	hidden     bool // wildcards do not match a leading dot
	literal    string
	ending     *ending
	nodes      []node // nil: literal
	codePoints bool   // nodes match code points, rather than UTF-16's units
}

// ending is what a part of wildcards and text matches by. The text is taken as it is written, its backslashes too.
type ending struct {
	text   string // in lower case where case is ignored
	length int    // of the name, in UTF-16's units; negative: any
}

// newPart reads the text between two slashes.
func newPart(text string, o Options) (part, error) {
	p := part{ignoreCase: o.IgnoreCase, anyForm: o.AnyForm, hidden: !o.Dots}
	switch {
	case text == "**":
		p.globstar = true
		return p, nil
	case text != "" && strings.Trim(text, "*") == "":
		p.nodes = []node{{kind: star, atLeast: 1}}
		return p, nil
	}
	if p.ending = newEnding(text, o.IgnoreCase); p.ending != nil {
		return p, nil
	}
	root := &group{}
	r := reader{units: units(text), root: root}
	if err := r.read(root); err != nil {
		return part{}, err
	}
	if err := root.fillTails(r.negations); err != nil {
		return part{}, err
	}
	c := compiler{}
	nodes, err := c.compile(root)
	if err != nil {
		return part{}, err
	}
	if c.codePoints && c.awkward {
		return part{}, errors.New("has a POSIX class beside '-', ',', '#', '!' or a blank, which npm cannot read; " +
			"write the class without its name")
	}
	p.codePoints, p.nodes = c.codePoints, nodes
	if c.codePoints {
		p.nodes = joinSurrogates(nodes)
	}
	if literal, is := literalOf(p.nodes); is {
		p.literal, p.nodes = literal, nil
	}
	return p, nil
}

// newEnding reads stars, or question marks, before text without anything special; nil: text is something else.
func newEnding(text string, ignoreCase bool) *ending {
	if text == "" || text[0] != '*' && text[0] != '?' {
		return nil
	}
	rest := strings.TrimLeft(text, text[:1])
	if strings.ContainsAny(rest, "+@!?*[(") {
		return nil
	}
	e := &ending{text: rest, length: -1}
	if text[0] == '?' {
		e.length = len(utf16.Encode([]rune(text)))
	}
	if ignoreCase {
		e.text = strings.ToLower(rest)
	}
	return e
}

func (p part) empty() bool {
	return p.literal == "" && p.nodes == nil && p.ending == nil && !p.globstar
}

func (p part) match(name string) bool {
	if p.ending != nil {
		return p.ending.match(name, p.hidden, p.ignoreCase)
	}
	if p.nodes == nil {
		return name == p.literal || p.ignoreCase && sameLetters(name, p.literal) ||
			p.anyForm && norm.NFKD.String(name) == norm.NFKD.String(p.literal)
	}
	if p.hidden && strings.HasPrefix(name, ".") && !p.nodes[0].isDot() {
		return false
	}
	subject := units(name)
	if p.codePoints {
		subject = []rune(name)
	}
	m := matcher{subject: subject, ignoreCase: p.ignoreCase, codePoints: p.codePoints}
	return m.whole(p.nodes)
}

func (e *ending) match(name string, hidden, ignoreCase bool) bool {
	if hidden && strings.HasPrefix(name, ".") || e.length >= 0 && len(units(name)) != e.length {
		return false
	}
	if ignoreCase {
		name = strings.ToLower(name)
	}
	return strings.HasSuffix(name, e.text)
}

// units are UTF-16's, by which npm counts characters.
func units(text string) []rune {
	runes := make([]rune, 0, len(text))
	for _, unit := range utf16.Encode([]rune(text)) {
		runes = append(runes, rune(unit))
	}
	return runes
}

// joinSurrogates makes code points of the literal pairs among nodes.
func joinSurrogates(nodes []node) []node {
	var joined []node
	for _, n := range nodes {
		if last := len(joined) - 1; n.kind == literal && last >= 0 && joined[last].kind == literal {
			if r := utf16.DecodeRune(joined[last].unit, n.unit); r != unicode.ReplacementChar {
				joined[last].unit = r
				continue
			}
		}
		for i, alternative := range n.alternatives {
			n.alternatives[i] = joinSurrogates(alternative)
		}
		joined = append(joined, n)
	}
	return joined
}

func literalOf(nodes []node) (text string, is bool) {
	var encoded []uint16
	for _, n := range nodes {
		if n.kind != literal || n.unit > 0xffff {
			return "", false
		}
		encoded = append(encoded, uint16(n.unit)) //nolint:gosec // G115: no larger, as was seen above
	}
	return string(utf16.Decode(encoded)), true
}
