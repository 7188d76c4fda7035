package deflate

import "math/bits"

// Larger tables find little more and fit the caches of a core less well.
const (
	chainBits3 = 13
	chainBits4 = 15
)

// chains finds as many earlier places that begin with the same bytes as it is told to. Places are kept modulo 65536: one that
// is out of reach looks like a nearer one, which is then compared in vain.
type chains struct {
	heads3 [1 << chainBits3]uint16 // the last place of each hash of three bytes
	heads4 [1 << chainBits4]uint16 // the last place of each hash of four bytes
	before [Window]uint16          // for each place, the one before that has the same hash of four bytes
}

func (c *chains) head3(v uint32) *uint16 { return &c.heads3[hash3(v)>>(32-chainBits3)] }
func (c *chains) head4(v uint32) *uint16 { return &c.heads4[hash4(v)>>(32-chainBits4)] }

// note takes note of the places up to end.
func (c *chains) note(data []byte, at, end int) {
	for end = min(end, len(data)-3); at < end; at++ {
		v := load32(data, at)
		head := c.head4(v)
		c.before[at&(Window-1)] = *head
		*head = uint16(at)
		*c.head3(v) = uint16(at)
	}
}

// find takes note of a place and returns the longest repetition there, at the least distance, that is longer than beat; or
// zero. It compares with depth earlier places, until one repeats nice bytes.
func (c *chains) find(data []byte, at, beat, depth, nice int) (length, distance int) {
	limit := min(len(data)-at, maxMatch)
	if limit < 4 {
		return 0, 0
	}
	v := load32(data, at)
	head3, head4 := c.head3(v), c.head4(v)
	candidate3, candidate := *head3, *head4
	*head3, *head4 = uint16(at), uint16(at)
	c.before[at&(Window-1)] = candidate
	if beat >= limit {
		return 0, 0
	}
	reach := min(at, Window-1)
	best := max(beat, minMatch)
	// Whatever is longer has the same four bytes where the best so far ends, which few have.
	end, tail := best-3, load32(data, at+best-3)
	for last := 0; depth > 0; depth-- {
		d := int(uint16(at) - candidate)
		if d <= last || d > reach {
			break
		}
		last = d
		place := at - d
		if load32(data, place+end) == tail && (end == 0 || load32(data, place) == v) {
			if l := 4 + same(data[place+4:], data[at+4:at+limit]); l > best {
				best, length, distance = l, l, d
				if l >= nice || l == limit {
					return length, distance
				}
				end, tail = best-3, load32(data, at+best-3)
			}
		}
		candidate = c.before[place&(Window-1)]
	}
	if best == minMatch && beat < minMatch {
		d := int(uint16(at) - candidate3)
		if d > 0 && d <= reach && (load32(data, at-d)^v)<<8 == 0 {
			return minMatch, d
		}
	}
	return length, distance
}

// byChains parses until there are enough tokens, by the table of that name.
func (p *parser) byChains(enough int) {
	for p.at < len(p.data) && len(p.tokens) < enough {
		length, distance := p.chains.find(p.data, p.at, 0, p.effort.Depth, p.effort.Nice)
		if length > minMatch || length == minMatch && p.saves(p.at, distance) {
			p.dull = 0
			p.choose(length, distance)
			continue
		}
		p.literal()
		if n := p.passes(p.at); n > 0 {
			p.chains.note(p.data, p.at, p.at+n)
			p.literals(n)
		}
	}
}

// choose takes a repetition, or a better one that begins a little later.
func (p *parser) choose(length, distance int) {
	tried := 0
	for tried < p.effort.Lazy && length < p.effort.Nice {
		tried++
		// The more so the less it has to be, as each place passed over costs a literal.
		l, d := p.chains.find(p.data, p.at+tried, length-1, p.effort.Depth>>tried, p.effort.Nice)
		if l < length || 4*(l-length)+bits.Len(uint(distance))-bits.Len(uint(d)) <= 4*tried-2 {
			continue
		}
		p.literals(tried)
		length, distance, tried = l, d, 0
	}
	p.chains.note(p.data, p.at+1+tried, p.at+length)
	p.repeat(length, distance)
}
