package artifact

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

const (
	defaultPace = 40 << 20               // bytes a second: a sixth of what a processor unpacks
	buffered    = 4 << 20                // bytes that may be read before a line has taken any
	settled     = 250 * time.Millisecond // after which a pace counts, but at the end
)

// attended is a .tgz that is being sent, of which not everything was unpacked yet. Where the line is what takes the time it is
// unpacked meanwhile; then its end is not reached before that has ended well, so that a registry gets no whole document of a
// damaged one.
type attended struct {
	file    *os.File // and none of its other methods, which would get around Read
	pace    int64
	read    int64
	since   time.Time // it was read beyond what is buffered
	begin   sync.Once
	begun   bool
	unpack  func()
	stop    context.CancelFunc
	done    chan struct{}
	verdict error // once done
}

func (a *Artifact) attend(ctx context.Context, file *os.File, pace int64) *attended {
	if pace == 0 {
		pace = defaultPace
	}
	ctx, stop := context.WithCancel(ctx)
	s := &attended{file: file, pace: pace, stop: stop, done: make(chan struct{})}
	s.unpack = func() {
		s.verdict = a.ReadWhole(ctx)
		close(s.done)
	}
	return s
}

// Read implements io.Reader.
func (s *attended) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	s.read += int64(n)
	ended := errors.Is(err, io.EOF)
	if s.slow(ended) {
		s.begin.Do(func() {
			s.begun = true
			go s.unpack()
		})
	}
	if ended && s.begun {
		if <-s.done; s.verdict != nil {
			err = s.verdict
		}
	}
	return n, err
}

func (s *attended) slow(ended bool) bool {
	switch {
	case s.read <= buffered:
		return false
	case s.since.IsZero():
		s.since = time.Now()
	}
	passed := time.Since(s.since)
	return (ended || passed >= settled) && float64(s.read-buffered) < passed.Seconds()*float64(s.pace)
}

// Close implements io.Closer, also while Read is under way.
func (s *attended) Close() error {
	s.stop()
	s.begin.Do(func() { close(s.done) })
	<-s.done
	return s.file.Close()
}
