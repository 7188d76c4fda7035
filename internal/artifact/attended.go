package artifact

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// defaultPatience is short enough for any line on which unpacking is not what takes the time.
const defaultPatience = time.Second

// attended is a .tgz that is being sent, of which not everything was unpacked yet. Where that takes its time it is unpacked
// meanwhile; then its end is not reached before this has ended well, so that a registry gets no whole document of a damaged one.
type attended struct {
	*os.File
	patience time.Duration
	opened   time.Time
	begin    sync.Once
	begun    bool
	unpack   func()
	stop     context.CancelFunc
	done     chan struct{}
	verdict  error // once done
}

func (a *Artifact) attend(ctx context.Context, file *os.File, patience time.Duration) *attended {
	if patience == 0 {
		patience = defaultPatience
	}
	ctx, stop := context.WithCancel(ctx)
	s := &attended{File: file, patience: patience, opened: time.Now(), stop: stop, done: make(chan struct{})}
	s.unpack = func() {
		s.verdict = a.ReadWhole(ctx)
		close(s.done)
	}
	return s
}

// Read implements io.Reader.
func (s *attended) Read(p []byte) (int, error) {
	if time.Since(s.opened) >= s.patience {
		s.begin.Do(func() {
			s.begun = true
			go s.unpack()
		})
	}
	n, err := s.File.Read(p)
	if errors.Is(err, io.EOF) && s.begun {
		if <-s.done; s.verdict != nil {
			err = s.verdict
		}
	}
	return n, err
}

// Close implements io.Closer, also while Read is under way.
func (s *attended) Close() error {
	s.stop()
	s.begin.Do(func() { close(s.done) })
	<-s.done
	return s.File.Close()
}
