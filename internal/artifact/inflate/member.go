package inflate

import (
	"encoding/binary"
	"io"
)

// The flags of a member's header that say what is in it (RFC 1952, section 2.3.1).
const (
	withSum     = 1 << 1
	withExtra   = 1 << 2
	withName    = 1 << 3
	withComment = 1 << 4
)

// maxText is how long a header's name and comment may be with their end, in bytes, as in compress/gzip.
const maxText = 512

// header reads that of a member; the end where one could begin is io.EOF.
func (r *Reader) header() error {
	var sum uint32
	if r.more(); r.at >= r.end && r.failure == nil {
		return io.EOF
	}
	fixed, err := r.summed(10, &sum)
	if err != nil {
		return err
	}
	if fixed[0] != 0x1f || fixed[1] != 0x8b || fixed[2] != 8 {
		return ErrHeader
	}
	if fixed[3]&withExtra != 0 {
		n, err := r.summed(2, &sum)
		if err == nil {
			_, err = r.summed(int(binary.LittleEndian.Uint16(n)), &sum)
		}
		if err != nil {
			return err
		}
	}
	for _, flag := range []byte{withName, withComment} {
		if fixed[3]&flag != 0 {
			if err := r.text(&sum); err != nil {
				return err
			}
		}
	}
	if fixed[3]&withSum != 0 {
		want := uint16(sum) // its lower half, as the RFC has it
		have, err := r.summed(2, &sum)
		if err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(have) != want {
			return ErrHeader
		}
	}
	r.sum, r.size, r.oldest, r.state = 0, 0, r.filled, r.block
	return nil
}

// text reads a header's text, which ends at a zero.
func (r *Reader) text(sum *uint32) error {
	for range maxText {
		b, err := r.summed(1, sum)
		if err != nil || b[0] == 0 {
			return err
		}
	}
	return ErrHeader
}

// trailer reads what follows the last block of a member, and the header of another one.
func (r *Reader) trailer() error {
	r.align()
	have, err := r.summed(8, new(uint32))
	if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(have) != r.sum || binary.LittleEndian.Uint32(have[4:]) != r.size {
		return ErrChecksum
	}
	return r.header()
}

// block reads a block's header (RFC 1951, section 3.2.3).
func (r *Reader) block() error {
	if r.last {
		r.last = false
		return r.trailer()
	}
	r.last = r.take(1) == 1
	switch r.take(2) {
	case 0:
		return r.storedHeader()
	case 1:
		r.fixedCodes()
	case 2:
		if !r.ownCodes() {
			return ErrCorrupt
		}
	default:
		return ErrCorrupt
	}
	r.state = r.decode
	return nil
}

func (r *Reader) storedHeader() error {
	r.align()
	n, err := r.summed(4, new(uint32))
	if err != nil {
		return err
	}
	length := binary.LittleEndian.Uint16(n)
	if length != ^binary.LittleEndian.Uint16(n[2:]) {
		return ErrCorrupt
	}
	r.stored, r.state = int(length), r.copyStored
	return nil
}

func (r *Reader) copyStored() error {
	n := min(r.stored, window+room-r.filled)
	if r.bytes(r.out[r.filled:r.filled+n]) < n {
		return r.missing()
	}
	r.filled += n
	if r.stored -= n; r.stored == 0 {
		r.state = r.block
	}
	return nil
}
