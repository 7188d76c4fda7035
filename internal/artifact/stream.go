package artifact

import (
	"context"
	"fmt"
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

// cancelled ends the reading of a stream when its context ends.
type cancelled struct {
	ctx  context.Context
	from io.Reader
}

// Read implements io.Reader.
func (c cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.from.Read(p)
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

// rest reads what stands behind the last file, up to the very end: it counts for the checksum.
func (b *bounded) rest() error {
	b.limit = min(b.limit, b.at+maxPadding)
	if _, err := io.Copy(io.Discard, b); err != nil {
		return unreadable(err)
	}
	if b.at >= b.limit {
		return fmt.Errorf("it has more than %d bytes behind its last file; make it again with npm pack", maxPadding)
	}
	return nil
}
