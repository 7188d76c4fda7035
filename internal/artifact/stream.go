package artifact

import (
	"context"
	"io"
	"os"
)

// cancellable ends the reading of a file when its context ends.
type cancellable struct {
	ctx  context.Context
	file *os.File
}

// Read implements io.Reader.
func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.file.Read(p)
}

// ReadAt implements io.ReaderAt.
func (c cancellable) ReadAt(p []byte, offset int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.file.ReadAt(p, offset)
}

// bounded ends at a limit.
type bounded struct {
	from      io.Reader
	at, limit int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.at >= b.limit {
		return 0, io.EOF
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.limit-b.at)])
	b.at += int64(n)
	return n, err
}
