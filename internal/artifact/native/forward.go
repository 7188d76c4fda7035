package native

import (
	"errors"
	"io"
)

// Forward makes a stream readable at rising offsets. Its head stays readable throughout.
type Forward struct {
	head   []byte
	stream io.Reader
	at     int64 // how far the stream was read
}

// headSize is how much of a stream is kept, in bytes; executables have what is asked of them well within.
const headSize = 64 << 10

// errBehind answers a read of what has passed already.
var errBehind = errors.New("already read past")

// NewForward reads from the stream's start.
func NewForward(stream io.Reader) *Forward { return &Forward{stream: stream} }

// ReadAt implements io.ReaderAt for what lies in the head, or at or behind the end of the last read.
func (f *Forward) ReadAt(p []byte, offset int64) (int, error) {
	if f.at == 0 {
		head, err := io.ReadAll(io.LimitReader(f.stream, headSize))
		f.head, f.at = head, int64(len(head))
		if err != nil {
			return 0, err
		}
	}
	n := 0
	if offset < int64(len(f.head)) {
		if n = copy(p, f.head[offset:]); n == len(p) {
			return n, nil
		}
	}
	from := offset + int64(n)
	if from < f.at {
		return n, errBehind
	}
	skipped, err := io.CopyN(io.Discard, f.stream, from-f.at)
	if f.at += skipped; err != nil {
		return n, err
	}
	more, err := io.ReadFull(f.stream, p[n:])
	f.at += int64(more)
	return n + more, err
}
