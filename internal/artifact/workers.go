package artifact

import (
	"context"
	"runtime"

	"github.com/agent-facets/facets-reconcile/internal/artifact/deflate"
)

// pieceSize is how much is compressed at a time, in bytes. Another size gives other tarballs, so that it must not depend on
// the machine.
const pieceSize = 512 << 10

// maxWorkers bounds what a machine of many cores takes: each worker takes about 3 MB.
const maxWorkers = 8

// Workers compress for all packages of a process, on all its cores. What they hold does not grow with the packages.
type Workers struct {
	encoders chan *encoder // those at rest
	pieces   chan *piece   // those at rest, nil if not needed yet; enough that no encoder waits for reading or writing
	turn     chan struct{} // held while a package of several pieces is packed, so that the one before is sent meanwhile
}

// piece is a part of a tar stream.
type piece struct {
	deflate.Piece
	out  []byte
	done chan struct{} // takes a value once out is complete
}

// NewWorkers returns n workers, or one for each core when n is zero.
func NewWorkers(n int) *Workers {
	if n <= 0 {
		n = min(runtime.GOMAXPROCS(0), maxWorkers)
	}
	w := &Workers{
		encoders: make(chan *encoder, n), pieces: make(chan *piece, 2*n+2), turn: make(chan struct{}, 1),
	}
	for range cap(w.encoders) {
		w.encoders <- &encoder{}
	}
	for range cap(w.pieces) {
		w.pieces <- nil
	}
	return w
}

// takeTurn waits until no other package of several pieces is being packed, and returns what ends the turn.
func (w *Workers) takeTurn(ctx context.Context) (end func(), err error) {
	select {
	case w.turn <- struct{}{}:
		return func() { <-w.turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// piece waits for a piece to fill, which goes back to pieces in the end.
func (w *Workers) piece(ctx context.Context) (*piece, error) {
	select {
	case p := <-w.pieces:
		if p == nil {
			p = &piece{done: make(chan struct{}, 1)}
			p.Data = make([]byte, 0, deflate.Window+pieceSize)
		}
		return p, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// compress waits for an encoder at rest and has it compress the piece.
func (w *Workers) compress(p *piece, c Compression) {
	e := <-w.encoders
	go func() {
		p.out = e.append(p.out[:0], p.Piece, c)
		w.encoders <- e
		p.done <- struct{}{}
	}()
}
