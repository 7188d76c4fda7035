package glob

import "slices"

// node matches a piece of a name.
type node struct {
	kind         kind
	unit         rune
	atLeast      int // of a star
	class        *class
	repeats      rune // of an alternation: '@', '?', '+' or '*'
	alternatives [][]node
}

type kind int

const (
	literal kind = iota
	anyUnit
	star
	oneOf
	never
	alternation
	negation // any text, unless an alternative takes all of the rest
)

func (n node) isDot() bool { return n.kind == literal && n.unit == '.' }

// matcher follows all ways at once, so that none is gone twice.
type matcher struct {
	subject                []rune
	ignoreCase, codePoints bool
}

// places are those that a match may have come to: 0 is before the first unit.
type places []bool

func (p places) any() bool { return slices.Contains(p, true) }

func (m *matcher) none() places { return make(places, len(m.subject)+1) }

func (m *matcher) whole(nodes []node) bool { return m.fromPlace(nodes, 0)[len(m.subject)] }

func (m *matcher) fromPlace(nodes []node, at int) places {
	from := m.none()
	from[at] = true
	return m.row(nodes, from)
}

func (m *matcher) row(nodes []node, from places) places {
	for _, n := range nodes {
		if from = m.step(n, from); !from.any() {
			break
		}
	}
	return from
}

func (m *matcher) step(n node, from places) places {
	to := m.none()
	switch n.kind {
	case never:
	case star, negation:
		until := -1 // what a star at a later place reaches, one at an earlier place has reached
		for at, is := range from {
			if !is || until >= 0 || n.kind == negation && m.excluded(n, at) {
				continue
			}
			until = at
		}
		for at := until + n.atLeast; until >= 0 && at < len(to); at++ {
			to[at] = true
		}
	case alternation:
		return m.alternation(n, from)
	default:
		for at, r := range m.subject {
			to[at+1] = from[at] && m.takes(n, r)
		}
	}
	return to
}

func (m *matcher) takes(n node, r rune) bool {
	switch n.kind {
	case literal:
		if r == n.unit || !m.ignoreCase {
			return r == n.unit
		}
		return slices.Contains(cases(r, true, m.codePoints), n.unit)
	case oneOf:
		return n.class.match(r, m.ignoreCase, m.codePoints)
	}
	return true
}

func (m *matcher) alternation(n node, from places) places {
	to := m.none()
	if n.repeats == '?' || n.repeats == '*' {
		copy(to, from)
	}
	for from.any() {
		fresh := m.none()
		for _, alternative := range n.alternatives {
			for at, is := range m.row(alternative, from) {
				fresh[at] = fresh[at] || is && !to[at]
				to[at] = to[at] || is
			}
		}
		if n.repeats == '@' || n.repeats == '?' {
			break
		}
		from = fresh
	}
	return to
}

// excluded tells whether an alternative of !(…) takes all that follows at.
func (m *matcher) excluded(n node, at int) bool {
	for _, alternative := range n.alternatives {
		if m.fromPlace(alternative, at)[len(m.subject)] {
			return true
		}
	}
	return false
}
