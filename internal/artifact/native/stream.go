package native

import (
	"errors"
	"io"
)

// Stream makes a stream readable at any offset, best at rising ones: its head stays at hand, and what else has passed is read once
// more from a stream that is begun anew.
type Stream struct {
	head   []byte
	stream io.Reader
	at     int64 // how far the stream was read
	again  func() (io.Reader, error)
}

// headSize is how much of a stream is kept, in bytes; most of what is asked of executables stands well within.
const headSize = 64 << 10

// NewStream reads from the stream's start; again begins the same stream anew.
func NewStream(stream io.Reader, again func() (io.Reader, error)) *Stream {
	return &Stream{stream: stream, again: again}
}

// ReadAt implements io.ReaderAt.
func (s *Stream) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 {
		return 0, errors.New("a negative offset")
	}
	if s.at == 0 {
		head, err := io.ReadAll(io.LimitReader(s.stream, headSize))
		s.head, s.at = head, int64(len(head))
		if err != nil {
			return 0, err
		}
	}
	n := 0
	if offset < int64(len(s.head)) {
		if n = copy(p, s.head[offset:]); n == len(p) {
			return n, nil
		}
	}
	more, err := s.readOn(p[n:], offset+int64(n))
	return n + more, err
}

// readOn reads behind the head.
func (s *Stream) readOn(p []byte, from int64) (int, error) {
	if from < s.at {
		stream, err := s.again()
		if err != nil {
			return 0, err
		}
		s.stream, s.at = stream, 0
	}
	skipped, err := io.CopyN(io.Discard, s.stream, from-s.at)
	if s.at += skipped; err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s.stream, p)
	s.at += int64(n)
	return n, err
}
