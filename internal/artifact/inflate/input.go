package inflate

import (
	"errors"
	"hash/crc32"
	"io"
)

// ahead is how many bytes are there to look at wherever decoding goes on, zeros behind the end.
const ahead = 16

// input gives bits, or bytes.
type input struct {
	place
	from    io.Reader
	failure error // of from
	ended   bool
	buf     []byte // zeros behind end, once it ended
	end     int    // of buf
}

// place is one between two bits of the input.
type place struct {
	at   int    // of buf, behind what is held; some bytes beyond an end that came too early
	next uint64 // the next bits, the lowest first; above those that are held is what follows, or zeros
	held uint   // bits
}

// look returns the same place with at least 56 bits held.
func (p place) look(buf []byte) place {
	p.next |= load64(buf, p.at) << (p.held & 63)
	p.at += int(63-p.held) >> 3
	p.held |= 56
	return p
}

// beyond returns the place behind n of the bits that are held.
func (p place) beyond(n uint) place {
	p.next >>= n & 63
	p.held -= n
	return p
}

func newInput(from io.Reader) input {
	return input{from: from, buf: make([]byte, 64<<10)}
}

// more sees to it that there is enough to look at. What is held stays in buf, as it may be given back.
func (in *input) more() {
	for !in.ended && in.end-in.at < ahead {
		kept := max(0, in.at-8)
		in.end = copy(in.buf, in.buf[kept:in.end])
		in.at -= kept
		room := in.buf[in.end : len(in.buf)-4*ahead]
		n, err := io.ReadAtLeast(in.from, room, 1)
		if in.end += n; err != nil {
			in.ended = true
			clear(in.buf[in.end:])
			if !errors.Is(err, io.EOF) {
				in.failure = err
			}
		}
	}
}

// limit is up to where at may be before the next look.
func (in *input) limit() int {
	if in.ended {
		return in.end + 8
	}
	return in.end - ahead
}

// overran tells whether bits were taken that were not there.
func (in *input) overran() bool { return in.ended && 8*(in.at-in.end) > int(in.held) }

func (in *input) missing() error {
	if in.failure != nil {
		return in.failure
	}
	return io.ErrUnexpectedEOF
}

// take takes up to 32 bits.
func (in *input) take(n uint) int {
	if in.more(); in.at <= in.limit() {
		in.place = in.look(in.buf)
	}
	value := int(in.next & (1<<n - 1))
	in.place = in.beyond(min(n, in.held))
	return value
}

// align goes to the next whole byte, and gives back what is held.
func (in *input) align() {
	in.place = place{at: in.at - int(in.held>>3)}
}

// bytes fills p, from a whole byte on, and returns how much of it was there.
func (in *input) bytes(p []byte) (n int) {
	for in.more(); n < len(p) && in.at < in.end; in.more() {
		copied := copy(p[n:], in.buf[in.at:in.end])
		n, in.at = n+copied, in.at+copied
	}
	return n
}

// summed returns some bytes of a header, and adds them to its checksum.
func (in *input) summed(n int, sum *uint32) ([]byte, error) {
	b := make([]byte, n)
	if in.bytes(b) < n {
		return nil, in.missing()
	}
	*sum = crc32.Update(*sum, crc32.IEEETable, b)
	return b, nil
}
