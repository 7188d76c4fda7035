package artifact

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"

	"github.com/agent-facets/facets-reconcile/internal/artifact/deflate"
)

// Compression weighs the time of packing against what every user downloads. docs/benchmarks.md has the figures.
type Compression string

// The compressions. Each gives the same bytes on every machine.
const (
	Fast     Compression = "fast"
	Balanced Compression = "balanced"
	Small    Compression = "small"
)

// check refuses what is no compression.
func (c Compression) check() error {
	switch c {
	case Fast, Balanced, Small, "":
		return nil
	}
	return fmt.Errorf("the compression %q is unknown; there are %s, %s and %s", c, Fast, Balanced, Small)
}

// encoder compresses for one worker.
type encoder struct {
	own      *deflate.Encoder // nil until it is needed
	quick    *flate.Writer    // as well
	decoder  io.ReadCloser    // as well
	unpacked []byte           // what it gives
}

// append compresses a piece and appends it to out; by default Balanced.
func (e *encoder) append(out []byte, p deflate.Piece, c Compression) ([]byte, error) {
	if c == Fast {
		return e.appendQuick(out, p)
	}
	if e.own == nil {
		e.own = deflate.NewEncoder()
	}
	effort := deflate.Effort{Depth: 4, Nice: 16, Patience: 16}
	switch {
	case c == Small:
		effort = deflate.Effort{Depth: 100, Nice: 130, Lazy: 2, Patience: 256}
	case isText(p.Data[p.Start:]): // repeats itself more, so that it is worth more effort and yet as soon done
		effort = deflate.Effort{Depth: 24, Nice: 48, Lazy: 1, Patience: 16}
	}
	return e.own.Append(out, p, effort), nil
}

// isText looks at some of the bytes: executables and images have many beyond ASCII.
func isText(data []byte) bool {
	beyond := 0
	for at := 0; at < len(data); at += 16 {
		beyond += int(data[at] >> 7)
	}
	return beyond*16*50 < len(data) // one in fifty
}

// appendQuick uses the encoder that is faster than ours where size counts less.
func (e *encoder) appendQuick(out []byte, p deflate.Piece) (_ []byte, err error) {
	const level = 4
	to := bytes.NewBuffer(out)
	if e.quick == nil {
		if e.quick, err = flate.NewWriter(to, level); err != nil {
			return nil, err
		}
	}
	e.quick.ResetDict(to, p.Data[:p.Start])
	if _, err := e.quick.Write(p.Data[p.Start:]); err != nil {
		return nil, err
	}
	end := e.quick.Flush
	if p.Final {
		end = e.quick.Close
	}
	err = end()
	return to.Bytes(), err
}
