package inflate

import (
	"bytes"
	"errors"
	"io"
)

// Doubts takes a file as it is written to it, and then tells whether its two ends may say too little about what lies between:
// whether another member begins there, or there is a hole of 8 kB or more, as an interrupted copy or a full disk leaves it. A
// hole may also stand in a good file, though rarely.
type Doubts struct {
	hole  bool
	begin []int64 // where members may
	size  int64
	last  []byte // of what was written
}

const (
	page      = 4 << 10 // bytes
	maxBegin  = 10_000  // one stands in 16 MB by chance
	memberRun = 4 << 10 // bytes that can be unpacked of a member, but not of anything else
)

// Write implements io.Writer, for whole pages but at the end. It never fails.
func (d *Doubts) Write(p []byte) (int, error) {
	const seam = 2 // bytes of a mark that stand before the others
	d.look(append(d.last, p[:min(seam, len(p))]...), d.size-int64(len(d.last)))
	d.look(p, d.size)
	d.last = append(d.last[:0], p[max(0, len(p)-seam):]...)
	d.size += int64(len(p))
	d.hole = d.hole || hole(p)
	return len(p), nil
}

func (d *Doubts) look(p []byte, offset int64) {
	for len(d.begin) < maxBegin {
		at := bytes.Index(p, []byte{0x1f, 0x8b, 8})
		if at < 0 {
			return
		}
		if offset += int64(at); offset > 0 {
			d.begin = append(d.begin, offset)
		}
		p, offset = p[at+1:], offset+1
	}
}

// Any tells, of the file that was written.
func (d *Doubts) Any(file io.ReaderAt) bool {
	if d.hole || len(d.begin) == maxBegin {
		return true
	}
	for _, at := range d.begin {
		r, err := NewReader(io.NewSectionReader(file, at, d.size-at))
		if err == nil {
			_, err = io.CopyN(io.Discard, r, memberRun)
		}
		if err == nil || errors.Is(err, io.EOF) {
			return true
		}
	}
	return false
}

func hole(p []byte) bool {
	var zeros [page]byte
	for ; len(p) >= page; p = p[page:] {
		if bytes.Equal(p[:page], zeros[:]) {
			return true
		}
	}
	return false
}
