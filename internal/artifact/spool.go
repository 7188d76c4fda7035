package artifact

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
)

// spool is a temporary file. It has no name where the system takes that from an open file: then nothing is left behind, not
// even by a process that is killed.
type spool struct {
	*os.File
	named bool
}

func newSpool(dir string) (*spool, error) {
	f, err := os.CreateTemp(dir, "package-*.tgz") // with mode 0600
	if err != nil {
		return nil, err
	}
	return &spool{f, os.Remove(f.Name()) != nil}, nil
}

// open returns what was written, from the start.
func (s *spool) open() io.ReadCloser {
	return io.NopCloser(io.NewSectionReader(s.File, 0, math.MaxInt64))
}

// Close gives the space back. Closing it again does no harm.
func (s *spool) Close() error {
	err := s.File.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	if s.named {
		if removeErr := os.Remove(s.Name()); !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}
	if err != nil {
		return fmt.Errorf("removing the packed file: %w", err)
	}
	return nil
}
