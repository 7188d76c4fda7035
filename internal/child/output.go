package child

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
)

// maxComplaint is how many bytes of a complaint are kept.
const maxComplaint = 4 << 10

// ErrTooMuch says that a program printed more than such a program can sensibly print. It was ended for that.
var ErrTooMuch = errors.New("it printed too much, and was ended")

// Output runs a command that has not been started and returns what it prints, at most limit bytes. An *exec.ExitError holds
// the beginning of its complaint.
func Output(command *exec.Cmd, limit int) ([]byte, error) {
	out := &bounded{limit: limit, full: func() error {
		_ = command.Process.Kill() // it may have ended by itself
		return fmt.Errorf("%w: more than %d bytes", ErrTooMuch, limit)
	}}
	complaint := &bounded{limit: maxComplaint, full: func() error { return nil }}
	command.Stdout, command.Stderr = out, complaint
	err := command.Run()
	if out.err != nil {
		return nil, out.err
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		exit.Stderr = complaint.text.Bytes()
	}
	return out.text.Bytes(), err
}

// bounded keeps what is written to it, to the limit; full says what becomes of the rest.
type bounded struct {
	text  bytes.Buffer
	limit int
	full  func() error
	err   error
}

func (b *bounded) Write(p []byte) (int, error) {
	if left := b.limit - b.text.Len(); len(p) > left {
		b.text.Write(p[:left])
		b.err = b.full()
		return len(p), b.err
	}
	return b.text.Write(p)
}
