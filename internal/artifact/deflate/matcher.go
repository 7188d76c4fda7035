package deflate

import (
	"encoding/binary"
	"math/bits"
)

// The lengths that a repetition may have, in bytes.
const (
	minMatch = 3
	maxMatch = 258
)

// Larger tables find little more and fit the caches of a core less well.
const (
	hashBits3 = 13
	hashBits4 = 15
)

// matcher finds earlier places that begin with the same bytes. Places are kept modulo 65536: one that is out of reach looks
// like a nearer one, which is then compared in vain.
type matcher struct {
	heads3 [1 << hashBits3]uint16 // the last place of each hash of three bytes
	heads4 [1 << hashBits4]uint16 // the last place of each hash of four bytes
	before [Window]uint16         // for each place, the one before that has the same hash of four bytes
}

// load32 slices to the byte, which saves the compiler a check and a tenth of the time.
func load32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at : at+4 : at+4]) }

// The factors spread what differs in few bits over all of them.
func hash3(v uint32) uint32 { return (v << 8) * 506832829 >> (32 - hashBits3) }
func hash4(v uint32) uint32 { return v * 2654435761 >> (32 - hashBits4) }

// skip takes note of the places up to end.
func (m *matcher) skip(data []byte, at, end int) {
	for end = min(end, len(data)-3); at < end; at++ {
		v := load32(data, at)
		head := &m.heads4[hash4(v)]
		m.before[at&(Window-1)] = *head
		*head = uint16(at)
		m.heads3[hash3(v)] = uint16(at)
	}
}

// find takes note of a place and returns the longest repetition there, at the least distance, that is longer than beat; or
// zero. It compares with depth earlier places, until one repeats nice bytes.
func (m *matcher) find(data []byte, at, beat, depth, nice int) (length, distance int) {
	limit := min(len(data)-at, maxMatch)
	if limit < 4 {
		return 0, 0
	}
	v := load32(data, at)
	head3, head4 := &m.heads3[hash3(v)], &m.heads4[hash4(v)]
	candidate3, candidate := *head3, *head4
	*head3, *head4 = uint16(at), uint16(at)
	m.before[at&(Window-1)] = candidate
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
		candidate = m.before[place&(Window-1)]
	}
	if best == minMatch && beat < minMatch {
		d := int(uint16(at) - candidate3)
		if d > 0 && d <= reach && (load32(data, at-d)^v)<<8 == 0 {
			return minMatch, d
		}
	}
	return length, distance
}

// same counts how many bytes of b, from its first, stand at the beginning of a, which is longer.
func same(a, b []byte) int {
	n := 0
	for ; n+8 <= len(b); n += 8 {
		if differ := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); differ != 0 {
			return n + bits.TrailingZeros64(differ)>>3
		}
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
