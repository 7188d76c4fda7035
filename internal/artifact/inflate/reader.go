package inflate

import (
	"errors"
	"hash/crc32"
	"io"
)

// What a Reader fails with, besides what it reads from fails with, and io.ErrUnexpectedEOF when that ends too early.
var (
	ErrHeader   = errors.New("invalid gzip header")
	ErrChecksum = errors.New("the checksum is not that of the contents")
	ErrCorrupt  = errors.New("the compressed data is corrupt")
)

const (
	window  = 32 << 10 // how far back a repetition can refer
	room    = 64 << 10 // for what is unpacked at a time
	longest = 258      // repetition
	slack   = 16       // bytes behind everything, which may be written in passing
)

// Reader unpacks. It holds about 200 kB.
type Reader struct {
	input
	state func() error // reads what comes next in the stream
	err   error

	out           [window + room + longest + slack]byte
	given, filled int // of out
	oldest        int // of out, that a repetition can refer to

	last      bool // block
	stored    int  // bytes left of a stored block
	headers   table
	literals  table
	distances table
	sum, size uint32 // of the member; size is modulo 2^32
}

// NewReader reads the first member's header. All members that follow are one stream.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{input: newInput(from)}
	r.headers = newTable(0, literalEntry)
	r.literals = newTable(literalBits, literalEntry)
	r.distances = newTable(distanceBits, distanceEntry)
	if err := r.header(); err != nil {
		return nil, err
	}
	return r, nil
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	for r.given == r.filled && len(p) > 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	n := copy(p, r.out[r.given:r.filled])
	r.given += n
	return n, nil
}

// fill unpacks some more.
func (r *Reader) fill() {
	if r.filled > window {
		gone := r.filled - window
		copy(r.out[:], r.out[gone:r.filled])
		r.filled, r.oldest = window, max(0, r.oldest-gone)
	}
	r.given = r.filled
	for r.err == nil && r.filled-r.given < room/2 {
		known := r.filled
		if r.err = r.state(); r.overran() {
			r.err, r.filled = r.missing(), known // what was made of the zeros behind the end does not count
		}
		r.sum = crc32.Update(r.sum, crc32.IEEETable, r.out[known:r.filled])
		r.size += uint32(r.filled - known)
	}
}
