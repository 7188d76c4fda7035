package inflate

import "bytes"

// Doubts takes a file as it is written to it, and tells whether its two ends may say too little about what lies between:
// whether another member may begin there, or there is a hole of 8 kB or more, as an interrupted copy or a full disk leaves it.
// Both also stand in some good files, though rarely.
type Doubts struct {
	Any  bool
	seam []byte // the last bytes that were written
	rest bool   // whether the file's own header has passed
}

const (
	fixedHeader = 10      // bytes of a member's header that are always there
	page        = 4 << 10 // bytes
)

// Write implements io.Writer, for whole pages but at the end. It never fails.
func (d *Doubts) Write(p []byte) (int, error) {
	n := len(p)
	d.seam = append(d.seam, p[:min(fixedHeader-1, n)]...)
	d.Any = d.Any || hole(p) || member(d.seam)
	d.seam = append(d.seam[:0], p[max(0, n-fixedHeader+1):]...)
	if !d.rest && n > 0 {
		d.rest, p = true, p[1:]
	}
	d.Any = d.Any || member(p)
	return n, nil
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

// member tells whether a header stands there as those who write gzip files make them.
func member(p []byte) bool {
	for {
		at := bytes.Index(p, []byte{0x1f, 0x8b, 8})
		if at < 0 || len(p)-at < fixedHeader {
			return false
		}
		p = p[at:]
		flags, extra, system := p[3], p[8], p[9]
		if flags < 1<<5 && (extra == 0 || extra == 2 || extra == 4) && (system <= 13 || system == 255) {
			return true
		}
		p = p[1:]
	}
}
