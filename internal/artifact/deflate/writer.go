package deflate

import (
	"encoding/binary"
	"slices"
)

// bitWriter packs bits into bytes, the lowest first.
type bitWriter struct {
	buf  []byte
	bits uint64 // that make no whole byte yet
	held int    // how many
}

// put writes the n lowest bits, at most 56; the others must be zero.
func (w *bitWriter) put(value uint64, n int) {
	w.bits |= value << w.held
	for w.held += n; w.held >= 8; w.held -= 8 {
		w.buf = append(w.buf, byte(w.bits))
		w.bits >>= 8
	}
}

// align fills up a byte that was begun.
func (w *bitWriter) align() {
	if w.held > 0 {
		w.put(0, 8-w.held)
	}
}

func (w *bitWriter) bytes() []byte {
	w.align()
	return w.buf
}

// maxStored is how much a stored block holds.
const maxStored = 1<<16 - 1

// stored writes bytes as they are. To write none leads to a whole byte.
func (w *bitWriter) stored(data []byte, final bool) {
	for {
		n := min(len(data), maxStored)
		w.put(flag(final && n == len(data)), 3)
		w.align()
		w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(n))
		w.buf = binary.LittleEndian.AppendUint16(w.buf, ^uint16(n))
		w.buf = append(w.buf, data[:n]...)
		if data = data[n:]; len(data) == 0 {
			return
		}
	}
}

// storedSize is what stored takes for n bytes, in bits, or a little more.
func storedSize(n int) int { return 8*n + 40*(1+n/maxStored) }

func flag(set bool) uint64 {
	if set {
		return 1
	}
	return 0
}

// packed is what tokens are written as: bits, below how many they are.
type packed struct {
	whats     [2 * literalWhat]uint32 // of literals, and of lengths with their extra bits; the count in the highest eight bits
	distances [noDistance + 1]uint32  // the count in the next eight, and that of the extra bits in the highest
}

func (p *packed) fill(c *codes, s *symbols) {
	for b := range 256 {
		p.whats[literalWhat+b] = uint32(c.literals.bits[b]) | uint32(c.literals.lengths[b])<<24
	}
	for length := minMatch; length <= maxMatch; length++ {
		symbol := s.lengths[length]
		n, extra := c.literals.lengths[symbol], s.lengthExtra[symbol]
		p.whats[length] = uint32(c.literals.bits[symbol]) | uint32(length-minMatch)&(1<<extra-1)<<n | uint32(n+extra)<<24
	}
	for symbol, extra := range s.distanceExtra {
		p.distances[symbol] = uint32(c.distances.bits[symbol]) | uint32(c.distances.lengths[symbol])<<16 | uint32(extra)<<24
	}
}

// body writes tokens and the end of the block, which take size bits.
func (e *Encoder) body(tokens []token, size int) {
	e.packed.fill(&e.codes, &e.symbols)
	whats, distances := &e.packed.whats, &e.packed.distances
	at := len(e.out.buf)
	buf := slices.Grow(e.out.buf, size/8+16) // eight bytes are written at a time
	buf = buf[:cap(buf)]
	bits, held := e.out.bits, uint(e.out.held)
	for _, t := range tokens { // 7 bits are held, and 20, 15 and 13 follow at most
		what, distance := whats[t.what()], distances[t.symbol()]
		bits |= uint64(what&(1<<24-1)) << (held & 63)
		held += uint(what >> 24)
		bits |= uint64(distance&(1<<16-1)) << (held & 63)
		held += uint(distance >> 16 & 15)
		bits |= t.distance() & (1<<(distance>>24&15) - 1) << (held & 63)
		held += uint(distance >> 24)

		binary.LittleEndian.PutUint64(buf[at:at+8:at+8], bits)
		at += int(held >> 3)
		bits >>= held &^ 7 & 63
		held &= 7
	}
	e.out = bitWriter{buf[:at], bits, int(held)}
	e.out.put(uint64(e.codes.literals.bits[endOfBlock]), int(e.codes.literals.lengths[endOfBlock]))
}
