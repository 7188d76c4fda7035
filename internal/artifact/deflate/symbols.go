package deflate

import "math/bits"

// The alphabets. The first has the literal bytes, the end of the block, and ranges of lengths; the second has ranges of
// distances. Extra bits tell the values of a range apart.
const (
	endOfBlock      = 256
	firstLength     = 257
	literalSymbols  = 286
	distanceSymbols = 30
)

// symbols says which symbol stands for a length or a distance.
type symbols struct {
	lengths [maxMatch + 1]uint16
	near    [256]uint8 // for distances up to 256
	far     [256]uint8 // for the others: 128 of them have one symbol

	lengthExtra   [literalSymbols]uint8 // how many extra bits a symbol has
	distanceExtra [distanceSymbols]uint8
}

func (s *symbols) fill() {
	for length := minMatch; length < maxMatch; length++ {
		s.lengths[length] = uint16(firstLength + ranged(length-minMatch, 2))
	}
	s.lengths[maxMatch] = literalSymbols - 1 // the longest has a symbol of its own
	for symbol := firstLength; symbol < literalSymbols-1; symbol++ {
		s.lengthExtra[symbol] = uint8(max((symbol-firstLength)>>2-1, 0))
	}
	for symbol := range s.distanceExtra {
		s.distanceExtra[symbol] = uint8(max(symbol>>1-1, 0))
	}
	for i := range s.near {
		s.near[i], s.far[i] = uint8(ranged(i, 1)), uint8(ranged(i<<7, 1))
	}
}

func (s *symbols) distance(distance int) int {
	if distance <= len(s.near) {
		return int(s.near[distance-1])
	}
	return int(s.far[(distance-1)>>7])
}

// ranged returns which range n is in. After the first 2<<split numbers, each power of two has 1<<split ranges.
func ranged(n, split int) int {
	extra := max(bits.Len(uint(n))-split-1, 0)
	return extra<<split + n>>extra
}

// histogram counts symbols.
type histogram struct {
	literals  [literalSymbols]uint32
	distances [distanceSymbols]uint32
}

func (h *histogram) add(other *histogram) {
	for i, n := range &other.literals {
		h.literals[i] += n
	}
	for i, n := range &other.distances {
		h.distances[i] += n
	}
}

// extra is how many extra bits the counted symbols have.
func (s *symbols) extra(h *histogram) int {
	n := 0
	for symbol, count := range &h.literals {
		n += int(count) * int(s.lengthExtra[symbol])
	}
	for symbol, count := range &h.distances {
		n += int(count) * int(s.distanceExtra[symbol])
	}
	return n
}

// prices are how many bits symbols are likely to take: as many as in the block before.
type prices struct {
	literals  [literalSymbols]uint8
	distances [distanceSymbols]uint8
}

// What a symbol is taken to cost before the first block, and one that the last block did not have.
const (
	usualLiteral, usualDistance = 8, 5
	rareLiteral, rareDistance   = 13, 10
)

func (p *prices) reset() {
	for i := range p.literals {
		p.literals[i] = usualLiteral
	}
	for i := range p.distances {
		p.distances[i] = usualDistance
	}
}

func (p *prices) learn(c *codes) {
	for i := range p.literals {
		if p.literals[i] = c.literals.lengths[i]; p.literals[i] == 0 {
			p.literals[i] = rareLiteral
		}
	}
	for i := range p.distances {
		if p.distances[i] = c.distances.lengths[i]; p.distances[i] == 0 {
			p.distances[i] = rareDistance
		}
	}
}
