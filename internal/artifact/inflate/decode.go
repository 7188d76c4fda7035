package inflate

import "encoding/binary"

// decode unpacks a block, or as much of it as there is room for.
func (r *Reader) decode() error {
	for r.filled < window+room && !r.overran() {
		r.more()
		ended, err := r.symbols()
		if ended {
			r.state = r.block
		}
		if ended || err != nil {
			return err
		}
	}
	return nil
}

func load64(b []byte, at int) uint64     { return binary.LittleEndian.Uint64(b[at : at+8 : at+8]) }
func store64(b []byte, at int, v uint64) { binary.LittleEndian.PutUint64(b[at:at+8:at+8], v) }

// symbols unpacks until the block ends, or there is not enough room or to look at. It is where the time goes: hence one loop
// whose variables stay in registers, which looks at eight bytes at a time, and at two literals together.
func (r *Reader) symbols() (ended bool, err error) {
	literals, distances := (*[1 << literalBits]entry)(r.literals.entries), (*[1 << distanceBits]entry)(r.distances.entries)
	buf, out, limit := r.buf, r.out[:], r.limit()
	p, filled := r.place, r.filled
	for p.at <= limit && filled < window+room {
		p = p.look(buf)
		e := literals[p.next&(1<<literalBits-1)]
		if e.literal() {
			binary.LittleEndian.PutUint16(out[filled:], e.literals())
			filled += e.count()
			p = p.beyond(e.bits())
			if e = literals[p.next&(1<<literalBits-1)]; e.literal() {
				binary.LittleEndian.PutUint16(out[filled:], e.literals())
				filled += e.count()
				p = p.beyond(e.bits())
				continue
			}
			p = p.look(buf)
		}
		if e == special {
			e = r.literals.long(p.next)
		}
		if e == 0 {
			err = ErrCorrupt
			break
		}
		if ended = e&kind == special; ended {
			p = p.beyond(e.bits())
			break
		}
		if e.literal() { // a long one
			out[filled] = byte(e.literals())
			filled++
			p = p.beyond(e.bits())
			continue
		}
		length := e.value(p.next)
		p = p.beyond(e.bits() + e.extra())
		if e = distances[p.next&(1<<distanceBits-1)]; e == special {
			e = r.distances.long(p.next)
		}
		distance := e.value(p.next)
		p = p.beyond(e.bits() + e.extra())
		if e == 0 || distance > filled-r.oldest {
			err = ErrCorrupt
			break
		}
		repeat(out, filled, distance, length)
		filled += length
	}
	r.place, r.filled = p, filled
	return ended, err
}

// repeat copies what stands before, and perhaps some bytes more, which are written over later.
func repeat(out []byte, at, distance, length int) {
	end := at + length
	for ; distance < 8 && at < end; distance *= 2 { // what is there twice can be copied twice as far
		copy(out[at:at+distance], out[at-distance:at])
		at += distance
	}
	for ; at < end; at += 8 {
		store64(out, at, load64(out, at-distance))
	}
}
