package artifact

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

var errCompression = errors.New("what was compressed does not unpack to what it was: this is a fault of this program or of " +
	"the machine's memory, and nothing was sent; please report it, and name a .tgz of npm pack as the artifact until it is mended")

// stream identifies a tar stream. Its checksum is another than gzip's own, so that a wrong one of those is noticed, too.
type stream struct {
	size int64
	sum  uint32 // CRC-32C
}

// Write implements io.Writer.
func (s *stream) Write(b []byte) (int, error) {
	s.size += int64(len(b))
	s.sum = crc32.Update(s.sum, crc32.MakeTable(crc32.Castagnoli), b)
	return len(b), nil
}

// proof unpacks a file, with a decoder that shares no code with our encoder, while the file is being written. A version's number can never
// be used again, so a file that cannot be unpacked, or unpacks to something else, must not leave this machine. It reads the file, not the
// data on its way there: so compressing never waits for it, and what is proved is what will be sent.
type proof struct {
	ctx      context.Context
	file     io.ReaderAt
	have     stream // what was unpacked, once done
	err      error  // why it could not be unpacked, once done
	done     chan struct{}
	mu       sync.Mutex
	more     sync.Cond
	written  int64
	finished error // io.EOF once the file is complete
}

// prove starts to unpack. It goes on until end is called.
func prove(ctx context.Context, file io.ReaderAt) *proof {
	p := &proof{ctx: ctx, file: file, done: make(chan struct{})}
	p.more.L = &p.mu
	go func() {
		defer close(p.done)
		p.have, p.err = unpackAgain(&follower{proof: p})
	}()
	return p
}

// Write implements io.Writer: it counts the bytes that are in the file.
func (p *proof) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written += int64(len(b))
	p.more.Signal()
	return len(b), nil
}

// end returns why the file does not unpack to what was packed, or nil. If writing the file failed, it returns that error.
func (p *proof) end(want stream, failed error) error {
	p.mu.Lock()
	if p.finished = failed; failed == nil {
		p.finished = io.EOF
	}
	p.more.Signal()
	p.mu.Unlock()
	<-p.done
	switch {
	case failed != nil:
		return failed
	case p.err != nil:
		return p.err
	case p.have != want:
		return errCompression
	}
	return nil
}

// follower reads what a proof's file has so far, and waits for more.
type follower struct {
	*proof
	at int64
}

// Read implements io.Reader.
func (f *follower) Read(b []byte) (int, error) {
	f.mu.Lock()
	for f.at == f.written && f.finished == nil {
		f.more.Wait()
	}
	left, finished := f.written-f.at, f.finished
	f.mu.Unlock()
	if left == 0 || finished != nil && finished != io.EOF { //nolint:errorlint // end's own
		return 0, finished
	}
	if err := f.ctx.Err(); err != nil {
		return 0, readBack{err}
	}
	n, err := f.file.ReadAt(b[:min(int64(len(b)), left)], f.at)
	f.at += int64(n)
	if err != nil {
		return n, readBack{err}
	}
	return n, nil
}

// readBack says that reading the file failed, so that the contents are not at fault.
type readBack struct{ error }

// frame is the header of our gzip files: deflate, without flags, time and operating system, so that it is the same everywhere.
func frame() []byte { return []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255} }

// unpackAgain reads a gzip file that is to be of our own making: one member, as npm's tar reads no other, and nothing behind it.
func unpackAgain(from io.Reader) (have stream, err error) {
	packed := bufio.NewReaderSize(from, 64<<10)
	begin, err := packed.Peek(len(frame()))
	if err == nil && !bytes.Equal(begin, frame()) {
		err = gzip.ErrHeader
	}
	if err == nil {
		err = have.unpack(packed)
	}
	if err == nil {
		if _, err = packed.ReadByte(); err == nil {
			err = errors.New("more follows")
		} else if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	var back readBack
	switch {
	case errors.As(err, &back):
		return stream{}, fmt.Errorf("reading back what was packed: %w", back.error)
	case err != nil:
		return stream{}, errCompression
	}
	return have, nil
}

func (s *stream) unpack(packed *bufio.Reader) error {
	r, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	r.Multistream(false)
	_, err = io.CopyBuffer(s, struct{ io.Reader }{r}, make([]byte, 64<<10))
	return err
}
