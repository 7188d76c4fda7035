package artifact

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/agent-facets/facets-reconcile/internal/artifact/deflate"
)

// zip writes what produce writes to it as one gzip member (RFC 1952). Pieces are compressed side by side and written in
// order. When it returns, nothing of it is still running.
func (w *Workers) zip(ctx context.Context, to io.Writer, c Compression, produce func(io.Writer) error) error {
	if _, err := to.Write(frame()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	z := &zipper{ctx: ctx, workers: w, compression: c, queue: make(chan *piece, cap(w.pieces))}
	written := make(chan error, 1)
	go func() {
		err := z.drain(to)
		cancel(err) // nor need more be produced
		written <- err
	}()
	err := produce(z)
	if err == nil {
		err = z.next()
	}
	if err == nil {
		z.send(true)
	}
	z.giveBack()
	close(z.queue)
	if writeErr := <-written; writeErr != nil {
		return writeErr
	}
	if err != nil {
		return err
	}
	trailer := binary.LittleEndian.AppendUint32(nil, z.sum)
	_, err = to.Write(binary.LittleEndian.AppendUint32(trailer, z.size))
	return err
}

// zipper cuts a stream into pieces and has them compressed.
type zipper struct {
	ctx         context.Context
	workers     *Workers
	compression Compression
	filling     *piece // nil: none
	dictionary  []byte // the end of the piece before
	queue       chan *piece
	sum, size   uint32 // size is modulo 2^32, as gzip keeps it
}

// Write implements io.Writer.
func (z *zipper) Write(b []byte) (int, error) {
	z.sum = crc32.Update(z.sum, crc32.IEEETable, b)
	z.size += uint32(len(b)) //nolint:gosec // see size
	for written := 0; ; {
		if written == len(b) {
			return written, nil
		}
		if err := z.next(); err != nil {
			return written, err
		}
		p := z.filling
		n := copy(p.Data[len(p.Data):p.Start+pieceSize], b[written:])
		p.Data = p.Data[:len(p.Data)+n]
		if written += n; len(p.Data) == p.Start+pieceSize {
			z.send(false)
		}
	}
}

// next sees to it that there is a piece to fill. It holds none while it waits, so that nobody waits for it in turn.
func (z *zipper) next() error {
	if z.filling != nil {
		return nil
	}
	p, err := z.workers.piece(z.ctx)
	if err != nil {
		return err
	}
	p.Data = append(p.Data[:0], z.dictionary...)
	p.Start = len(p.Data)
	z.filling = p
	return nil
}

// send hands the piece over to be compressed and written.
func (z *zipper) send(final bool) {
	p := z.filling
	z.filling = nil
	z.dictionary = append(z.dictionary[:0], p.Data[max(0, len(p.Data)-deflate.Window):]...)
	p.Final = final
	z.queue <- p // it has room for all that there are
	z.workers.compress(p, z.compression)
}

func (z *zipper) giveBack() {
	if z.filling != nil {
		z.workers.pieces <- z.filling
		z.filling = nil
	}
}

// drain writes pieces in order, once each is ready, and hands them back. After a failure it writes no more.
func (z *zipper) drain(to io.Writer) (err error) {
	for p := range z.queue {
		if <-p.done; err == nil {
			_, err = to.Write(p.out)
		}
		z.workers.pieces <- p
	}
	return err
}
