package deflate

// pairBits is the size of the table, as quadBits is.
const pairBits = 13

// pairNoted is how many places of a repetition are taken note of.
const pairNoted = 4

// pairs finds earlier places as quads does, among the last two, and none that repeat three bytes only.
type pairs [1 << pairBits]pair

// pair holds 16 bits each of two hashes above those of their places, the latest lowest.
type pair uint64

// both16 times a number repeats it in both 16 bits of 32.
const both16 = 0x00010001

func (p *pairs) of(v uint32) (found *pair, tag uint64) {
	h := hash4(v)
	return &p[h>>(32-pairBits)], uint64(uint16(h >> (32 - pairBits - 16)))
}

func (p *pair) note(at int, tag uint64) {
	*p = *p<<16&0xffff0000ffff0000 | pair(tag<<32) | pair(uint16(at))
}

// note takes note of the places up to end, each of which four bytes follow.
func (p *pairs) note(data []byte, at, end int) {
	for ; at < end; at++ {
		found, tag := p.of(load32(data, at))
		found.note(at, tag)
	}
}

// byPairs parses until there are enough tokens, by the table of that name. Places that are passed over are not noted.
func (p *parser) byPairs(enough int) {
	table, data, at, tokens, counts := &p.pairs, p.data, p.at, p.tokens, &p.segment // p's own, and calls of its methods, take a tenth longer
	for last := len(data) - 8; at <= last && len(tokens) < enough; {
		loaded, reach := load64(data, at), min(at, Window-1)
		pair, tag := table.of(uint32(loaded))
		places := uint64(*pair)
		pair.note(at, tag)
		differ := places>>32 ^ tag*both16
		length, distance := minMatch, 0
		if d := int(uint16(at) - uint16(places)); uint16(differ) == 0 && d > 0 && d <= reach {
			if l := agree(data, at-d, at, load64(data, at-d)^loaded); l > length {
				length, distance = l, d
			}
		}
		if d := int(uint16(at) - uint16(places>>16)); uint16(differ>>16) == 0 && d > 0 && d <= reach && length < p.effort.Nice {
			if l := agree(data, at-d, at, load64(data, at-d)^loaded); l > length {
				length, distance = l, d
			}
		}
		if distance == 0 {
			tokens = append(tokens, literal(data[at]))
			counts.literals[data[at]]++
			at++
			if n := p.passes(at); n > 0 {
				p.tokens, p.at = tokens, at
				p.literals(n)
				tokens, at = p.tokens, p.at
			}
			continue
		}
		p.dull = 0
		table.note(data, at+1, at+min(length, pairNoted))
		symbol := p.symbols.distance(distance)
		tokens = append(tokens, repetition(length, distance, symbol))
		counts.literals[p.symbols.lengths[length]]++
		counts.distances[symbol]++
		at += length
	}
	p.tokens, p.at = tokens, at
	p.literals(min(len(data)-at, max(0, enough-len(tokens))))
}
