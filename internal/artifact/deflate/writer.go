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

// body writes tokens and the end of the block, which take size bits.
func (e *Encoder) body(tokens []token, size int) {
	literals, distances := &e.codes.literals, &e.codes.distances
	at := len(e.out.buf)
	buf := slices.Grow(e.out.buf, size/8+16) // eight bytes are written at a time
	buf = buf[:cap(buf)]
	bits, held := e.out.bits, uint(e.out.held)
	for _, t := range tokens {
		if t.literal() {
			bits |= uint64(literals.bits[t]) << (held & 63)
			held += uint(literals.lengths[t])
		} else { // 7 bits are held, and 20 and 28 follow at most
			length, distance := t.length(), t.distance()
			symbol := int(e.symbols.lengths[length])
			bits |= uint64(literals.bits[symbol]) << (held & 63)
			held += uint(literals.lengths[symbol])
			extra := uint(e.symbols.lengthExtra[symbol])
			bits |= uint64(length-minMatch) & (1<<extra - 1) << (held & 63)
			held += extra

			symbol = e.symbols.distance(distance)
			bits |= uint64(distances.bits[symbol]) << (held & 63)
			held += uint(distances.lengths[symbol])
			extra = uint(e.symbols.distanceExtra[symbol])
			bits |= uint64(distance-1) & (1<<extra - 1) << (held & 63)
			held += extra
		}
		binary.LittleEndian.PutUint64(buf[at:], bits)
		at += int(held >> 3)
		bits >>= held &^ 7 & 63
		held &= 7
	}
	e.out = bitWriter{buf[:at], bits, int(held)}
	e.out.put(uint64(literals.bits[endOfBlock]), int(literals.lengths[endOfBlock]))
}
