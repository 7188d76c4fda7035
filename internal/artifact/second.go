package artifact

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// maxAgain is how many bytes of a .tgz are unpacked a second time at most, all together.
const maxAgain = 4 * maxUnpacked

// second reads a .tgz a second time. It is needed for a few files of which an earlier part turns out to be needed when it has passed: in a
// shared object the names of the libraries that it needs stand before the table that says where they are.
type second struct {
	ctx  context.Context
	open func() (io.ReadCloser, error) // the .tgz, from its start
	file io.ReadCloser                 // nil before it is needed
	from io.Reader
	left int64 // bytes
}

func newSecond(ctx context.Context, open func() (io.ReadCloser, error)) *second {
	return &second{ctx: ctx, open: open, left: maxAgain}
}

// entry unpacks up to the contents of an entry, which was read as this header and is the nth, from 1.
func (s *second) entry(n int, header *tar.Header) (io.Reader, error) {
	if err := s.Close(); err != nil {
		return nil, err
	}
	file, err := s.open()
	if err != nil {
		return nil, err
	}
	s.file = file
	if s.from, err = gzip.NewReader(cancelled{s.ctx, file}); err != nil {
		return nil, s.changed()
	}
	entries := tar.NewReader(s)
	var found *tar.Header
	for range n {
		if found, err = entries.Next(); err != nil {
			if errors.Is(err, errAgain) {
				return nil, err
			}
			return nil, s.changed()
		}
	}
	if found == nil || found.Name != header.Name || found.Size != header.Size {
		return nil, s.changed()
	}
	return entries, nil
}

// changed returns the error for a file that changed between the two readings.
func (s *second) changed() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	return errChanged
}

var (
	errChanged = errors.New("the .tgz changed while it was read; run again once the build has ended")
	errAgain   = fmt.Errorf("the executables in the .tgz stand so that more than %d bytes would have to be unpacked a second time; "+
		"name the directory that it was packed from", int64(maxAgain))
)

// Read implements io.Reader: what the .tgz unpacks to.
func (s *second) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, errAgain
	}
	n, err := s.from.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	return n, err
}

// Close ends the reading; there may be another.
func (s *second) Close() error {
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file = nil
	return file.Close()
}
