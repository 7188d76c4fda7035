package npm

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
)

// packed is a long text, compressed: a packument of 20 MB takes 2 or 3 so, as its versions are much alike.
type packed struct {
	data   bytes.Buffer
	size   int
	writer *flate.Writer
}

func newPacked() *packed {
	p := &packed{}
	p.writer, _ = flate.NewWriter(&p.data, flate.BestSpeed) // this level exists
	return p
}

// Write adds to the text.
func (p *packed) Write(b []byte) (int, error) {
	n, err := p.writer.Write(b)
	p.size += n
	return n, err
}

// end is called when the text is complete. Nothing can be read before.
func (p *packed) end() error {
	err := p.writer.Close()
	p.writer = nil
	return err
}

// change puts a text in the place of another.
type change struct {
	span
	text string
}

// with returns the text with changes, which are sorted by where they begin. Each call of the function reads it anew.
func (p *packed) with(changes []change) func() (io.Reader, error) {
	size := p.size
	for _, c := range changes {
		size += len(c.text) - (c.to - c.from)
	}
	return func() (io.Reader, error) {
		return &spliced{text: flate.NewReader(bytes.NewReader(p.data.Bytes())), changes: changes, left: size}, nil
	}
}

// spliced reads a text with changes.
type spliced struct {
	text    io.Reader // what has not been read yet
	at      int       // how much of it has been read
	changes []change  // those to come
	insert  string    // to be given out next
	left    int       // of the result, to be given out
}

// Len is how much there is still to be read.
func (s *spliced) Len() int { return s.left }

func (s *spliced) Read(b []byte) (int, error) {
	for s.insert == "" && len(s.changes) > 0 && s.at == s.changes[0].from {
		c := s.changes[0]
		if _, err := io.CopyN(io.Discard, s.text, int64(c.to-c.from)); err != nil {
			return 0, errors.Join(io.ErrUnexpectedEOF, err)
		}
		s.at, s.insert, s.changes = c.to, c.text, s.changes[1:]
	}
	var n int
	var err error
	switch {
	case s.left == 0:
		return 0, io.EOF
	case s.insert != "":
		n = copy(b, s.insert)
		s.insert = s.insert[n:]
	default:
		if len(s.changes) > 0 {
			b = b[:min(len(b), s.changes[0].from-s.at)]
		}
		n, err = s.text.Read(b)
		s.at += n
	}
	if s.left -= n; s.left > 0 && errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
