package artifact

import (
	"fmt"

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
	own appender // nil until it is needed
}

// appender compresses a piece and appends it to out. The program has one; tests have others that fail.
type appender interface {
	Append(out []byte, p deflate.Piece, effort deflate.Effort) []byte
}

// append compresses a piece and appends it to out.
func (e *encoder) append(out []byte, p deflate.Piece, c Compression) []byte {
	if e.own == nil {
		e.own = deflate.NewEncoder()
	}
	return e.own.Append(out, p, c.effort(p.Data[p.Start:]))
}

// effort returns the effort for a piece; Balanced for "".
func (c Compression) effort(data []byte) deflate.Effort {
	switch {
	case c == Fast:
		return deflate.Effort{Depth: 2, Nice: 16, Patience: 32}
	case c == Small:
		return deflate.Effort{Depth: 100, Nice: 130, Lazy: 2, Patience: 256}
	case isText(data): // text repeats itself more: more effort pays, and takes no longer
		return deflate.Effort{Depth: 24, Nice: 48, Lazy: 1, Patience: 16}
	}
	return deflate.Effort{Depth: 4, Nice: 16, Lazy: 1, Patience: 32}
}

// isText looks at some of the bytes: executables and images have many beyond ASCII.
func isText(data []byte) bool {
	beyond := 0
	for at := 0; at < len(data); at += 16 {
		beyond += int(data[at] >> 7)
	}
	return beyond*16*50 < len(data) // one in fifty
}
