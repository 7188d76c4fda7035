package inflate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	firstReach = 64 << 10  // bytes before the file's end that are unpacked at first
	searched   = 256 << 10 // bytes in which a block is looked for; they are rarely larger than half of it
)

// tail unpacks the end of a file.
type tail struct {
	file   io.ReaderAt
	size   int64 // of the file
	effort int64 // bytes that may yet be unpacked: else some files would take hours
	wanted int   // bytes of what it unpacks to
	guess  [2]*Reader
	made   [2][]byte
	kept   []byte // the last of it
	total  int64
	doubt  int64 // behind the last byte that depends on what is not known
}

func newTail(file io.ReaderAt, size int64, wanted int) *tail {
	t := &tail{file: file, size: size, wanted: wanted, effort: 4 * size}
	for i := range t.guess {
		t.guess[i] = newReader(nil)
		t.made[i] = make([]byte, 32<<10)
	}
	return t
}

// find looks for a block in the last so many bytes, and tells whether it led to all that is wanted.
func (t *tail) find(packed int64) (bool, error) {
	start := t.size - packed
	data := make([]byte, min(packed, searched))
	if _, err := t.file.ReadAt(data, start); err != nil {
		return false, fmt.Errorf("reading the end: %w", err)
	}
	for bit := range 8 * (len(data) - 2*8) {
		if t.effort < 0 {
			break
		}
		if mayBegin(data, bit) && t.unpack(start+int64(bit>>3), uint(bit&7)) {
			return t.doubt <= t.total-int64(t.wanted), nil
		}
	}
	return false, nil
}

// mayBegin tells whether the header of a block with codes of its own may stand there: one in some thousand bits does. The
// lengths of the codes that the others are written with have to use up all bits.
func mayBegin(data []byte, bit int) bool {
	const lengths = 17 // bits before them
	next := load64(data, bit>>3) >> (bit & 7)
	if next>>1&3 != 2 || next>>3&31 > maxLiterals-endOfBlock-1 || next>>8&31 >= maxDistances {
		return false
	}
	n := next>>13&15 + 4
	bit += lengths
	next = load64(data, bit>>3) >> (bit & 7)
	left := 1 << 7
	for range n {
		if length := next & 7; length > 0 {
			left -= 1 << 7 >> length
		}
		next >>= 3
	}
	return left == 0
}

// unpack tells whether blocks follow each other from there up to the end.
func (t *tail) unpack(at int64, bit uint) bool {
	begin := func(r *Reader, guess byte) { r.begin(io.NewSectionReader(t.file, at, t.size-at), bit, guess) }
	begin(t.guess[0], 0)
	t.kept, t.total, t.doubt = t.kept[:0], 0, 0
	for {
		n, err := t.guess[0].Read(t.made[0])
		if err != nil {
			t.kept = t.kept[max(0, len(t.kept)-t.wanted):]
			return errors.Is(err, io.EOF) && len(t.kept) == t.wanted
		}
		if t.effort -= int64(n); t.effort < 0 {
			return false
		}
		if t.total == 0 { // not yet where nothing begins, which is told soon
			begin(t.guess[1], 0xff)
		}
		if _, err := io.ReadFull(t.guess[1], t.made[1][:n]); err != nil {
			return false
		}
		t.keep(t.made[0][:n], t.made[1][:n])
	}
}

func (t *tail) keep(made, other []byte) {
	if !bytes.Equal(made, other) {
		last := len(made) - 1
		for made[last] == other[last] {
			last--
		}
		t.doubt = t.total + int64(last) + 1
	}
	t.total += int64(len(made))
	t.kept = append(t.kept, made...)
	if surplus := len(t.kept) - t.wanted; surplus > t.wanted { // seldom, as it is moved
		t.kept = append(t.kept[:0], t.kept[surplus:]...)
	}
}

// begin starts over at a bit of a block's first byte, behind a window full of the guess.
func (r *Reader) begin(from io.Reader, bit uint, guess byte) {
	r.from, r.failure, r.ended, r.place, r.end = from, nil, false, place{}, 0
	r.take(bit)
	r.out[0] = guess
	for known := 1; known < window; known *= 2 {
		copy(r.out[known:window], r.out[:known])
	}
	r.given, r.filled, r.oldest, r.last, r.partly, r.err, r.state = window, window, 0, false, true, nil, r.block
}
