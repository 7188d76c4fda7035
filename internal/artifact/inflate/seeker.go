package inflate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	maxTail = 1 << 20 // bytes that are kept of a file's end
	share   = 6       // of the packed bytes, at most one in so many is unpacked to find the end
)

// Seeker reads a gzip file of which not all matters: what comes before and behind one large part that is passed over. Of that
// it only learns how much there is; that it can be unpacked, and that its checksum is right, a Reader tells.
//
// The last bytes of the file say how much it unpacks to (RFC 1952, section 2.3.1), so that a place can be counted from the end.
// Some way before it a block has to be found, which may begin at any bit; what is none is not followed by blocks up to the very
// end, unless somebody made it so. What is unpacked from there on may repeat what stood before, which is not known. So it is
// unpacked twice, as if zeros and as if ones stood there: where both times are the same, nothing depends on it.
type Seeker struct {
	file   io.ReaderAt
	size   int64 // bytes of it
	worth  int64
	at     int64 // how far it was unpacked, or passed over
	passed int64
	from   io.Reader // what comes next
}

// NewSeeker reads the header of a file of so many bytes. Parts of worth bytes and more are passed over; of a file that there are
// Doubts about, none must be.
func NewSeeker(file io.ReaderAt, size, worth int64) (*Seeker, error) {
	r, err := NewReader(io.NewSectionReader(file, 0, size))
	if err != nil {
		return nil, err
	}
	return &Seeker{file: file, size: size, worth: worth, from: r}, nil
}

// Passed returns how many bytes were passed over and never unpacked.
func (s *Seeker) Passed() int64 { return s.passed }

// Read implements io.Reader.
func (s *Seeker) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.at += int64(n)
	return n, err
}

// Seek implements io.Seeker for places that are further on, counted from the current one. What cannot be passed over is
// unpacked.
func (s *Seeker) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || offset < 0 {
		return s.at, errors.New("seeking backwards in a gzip file")
	}
	if offset >= s.worth && s.passed == 0 {
		passed, err := s.pass(offset)
		if passed || err != nil {
			return s.at, err
		}
	}
	_, err := io.CopyN(io.Discard, s, offset)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return s.at, err
}

// pass goes to a place near the end, if it can be found by unpacking a small part of the file.
func (s *Seeker) pass(offset int64) (bool, error) {
	var size [4]byte
	if _, err := s.file.ReadAt(size[:], s.size-int64(len(size))); err != nil {
		return false, fmt.Errorf("reading the end: %w", err)
	}
	wanted := int64(binary.LittleEndian.Uint32(size[:])) - s.at - offset
	if wanted <= 0 || wanted > maxTail {
		return false, nil
	}
	t := newTail(s.file, s.size, int(wanted))
	for packed := int64(firstReach); packed*share <= s.size; packed *= 4 {
		found, err := t.find(packed)
		if err != nil {
			return false, err
		}
		if found {
			s.from, s.at, s.passed = bytes.NewReader(t.kept), s.at+offset, offset
			return true, nil
		}
	}
	return false, nil
}
