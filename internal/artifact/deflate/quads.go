package deflate

import "math/bits"

// A larger table finds little more and fits the caches of a core less well.
const (
	quadBits      = 13
	quadThreeBits = 11
)

// quadNoted is how many places of a repetition are taken note of: the end of a longer one was noted where it stood before.
const quadNoted = 16

// lazyLength is up to which length a better repetition is tried for.
const lazyLength = 6

// quads finds earlier places among the last four that share a part of their hash of four bytes. They lie side by side, each
// with more bits of its hash, so that few are compared in vain and most searches end before they begin.
type quads struct {
	all    [1 << quadBits]quad
	threes [1 << quadThreeBits]uint16 // the last place of each hash of three bytes
}

// quad holds 16 bits each of four places, and of the hashes there, the latest lowest.
type quad struct{ places, tags uint64 }

// all16 times a number repeats it in all 16 bits of 64.
const all16 = 0x0001000100010001

func (q *quads) of(v uint32) (found *quad, tag uint64) {
	h := hash4(v)
	return &q.all[h>>(32-quadBits)], uint64(uint16(h >> (32 - quadBits - 16)))
}

// visit takes note of a place. It returns the former ones, and a bit above each whose tag is the same; perhaps another bit
// beyond one of them, which is why what is found has to be compared.
func (q *quad) visit(at int, tag uint64) (places, hits uint64) {
	places = q.places
	differ := q.tags ^ tag*all16
	q.note(at, tag)
	return places, (differ - all16) &^ differ & (all16 << 15)
}

func (q *quad) note(at int, tag uint64) {
	q.places = q.places<<16 | uint64(uint16(at))
	q.tags = q.tags<<16 | tag
}

// visitThree takes note of a place, and returns how far back there may be a repetition of three bytes, modulo 65536.
func (q *quads) visitThree(v uint32, at int) (distance int) {
	place := &q.threes[hash3(v)>>(32-quadThreeBits)]
	distance = int(uint16(at) - *place)
	*place = uint16(at)
	return distance
}

// note takes note of the places up to end.
func (q *quads) note(data []byte, at, end int) {
	for end = min(end, len(data)-3); at < end; at++ {
		v := load32(data, at)
		found, tag := q.of(v)
		found.note(at, tag)
		q.threes[hash3(v)>>(32-quadThreeBits)] = uint16(at)
	}
}

// longest returns the longest repetition of more than three bytes among the places that were hit, at the least distance.
func longest(data []byte, at int, places, hits uint64, nice int) (length, distance int) {
	loaded, reach := load64(data, at), min(at, Window-1)
	length = minMatch
	for ; hits != 0; hits &= hits - 1 {
		d := int(uint16(at) - uint16(places>>(bits.TrailingZeros64(hits)&^15&63)))
		if d == 0 || d > reach {
			continue
		}
		if l := agree(data, at-d, at, load64(data, at-d)^loaded); l > length {
			length, distance = l, d
			if l >= nice {
				break
			}
		}
	}
	return length, distance
}

// byQuads parses until there are enough tokens, by the table of that name.
func (p *parser) byQuads(enough int) {
	table, data, at, tokens, counts := &p.quads, p.data, p.at, p.tokens, &p.segment // p's own, and calls of its methods, take a tenth longer
	for last := len(data) - 8; at <= last && len(tokens) < enough; {
		v, length, distance := load32(data, at), minMatch, 0
		quad, tag := table.of(v)
		if places, hits := quad.visit(at, tag); hits != 0 {
			length, distance = longest(data, at, places, hits, p.effort.Nice)
		}
		three := table.visitThree(v, at)
		if distance == 0 && three > 0 && three <= min(at, Window-1) && (load32(data, at-three)^v)<<8 == 0 && p.saves(at, three) {
			distance = three
		}
		if distance == 0 {
			tokens = append(tokens, literal(data[at]))
			counts.literals[data[at]]++
			at++
			if n := p.passes(at); n > 0 {
				table.note(data, at, at+n)
				p.tokens, p.at = tokens, at
				p.literals(n)
				tokens, at = p.tokens, p.at
			}
			continue
		}
		p.dull = 0
		next := at + 1
		for p.effort.Lazy > 0 && length <= lazyLength && next <= last {
			l, d := p.later(next)
			next++
			if l <= length {
				break
			}
			tokens = append(tokens, literal(data[at]))
			counts.literals[data[at]]++
			at++
			length, distance = l, d
		}
		table.note(data, next, at+min(length, quadNoted))
		symbol := p.symbols.distance(distance)
		tokens = append(tokens, repetition(length, distance, symbol))
		counts.literals[p.symbols.lengths[length]]++
		counts.distances[symbol]++
		at += length
	}
	p.tokens, p.at = tokens, at
	p.literals(min(len(data)-at, max(0, enough-len(tokens))))
}

// later takes note of a place and returns the longest repetition there.
func (p *parser) later(at int) (length, distance int) {
	v := load32(p.data, at)
	quad, tag := p.quads.of(v)
	places, hits := quad.visit(at, tag)
	p.quads.visitThree(v, at)
	if hits == 0 {
		return 0, 0
	}
	return longest(p.data, at, places, hits, p.effort.Nice)
}
