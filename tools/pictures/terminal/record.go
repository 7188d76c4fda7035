package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Session is what to record, in tmux: a command, typed at a prompt.
type Session struct {
	Columns, Rows int
	Dir           string   // where the command runs
	Env           []string // beside TERM, which tmux sets
	Command       string   // has to fit into a line
	// Question is what the command asks, and Answer what is typed then; "": it asks nothing.
	Question, Answer string
}

// Frame is what stood on the terminal from a moment on.
type Frame struct {
	At   time.Duration // since the recording began
	Text string        // one line a row, with the terminal's own codes for colours
}

// Plain is the text without colours, and without what is empty at its end.
func (f Frame) Plain() string {
	return strings.TrimRight(sgr().ReplaceAllString(f.Text, ""), " \n")
}

const (
	prompt = "$ "
	every  = 80 * time.Millisecond
	lull   = 800 * time.Millisecond // before and after the command is typed
)

// Record runs the session until the prompt is back, for two minutes at most, and returns its frames, no two of them alike
// in a row.
func (s Session) Record(ctx context.Context) (frames []Frame, err error) {
	if len(prompt)+len(s.Command) >= s.Columns {
		return nil, fmt.Errorf("%q does not fit into %d columns", s.Command, s.Columns)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	work, err := os.MkdirTemp("", "facets-tmux-")
	if err != nil {
		return nil, fmt.Errorf("no folder for tmux's socket: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	tmux := func(ctx context.Context, arguments ...string) (string, error) {
		all := append([]string{"-S", filepath.Join(work, "socket"), "-f", os.DevNull}, arguments...)
		command := exec.CommandContext(ctx, "tmux", all...) // #nosec G204 -- the arguments are those below
		command.Dir = s.Dir
		command.Env = s.Env
		out, err := command.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("tmux %s: %w: %s", arguments[0], err, out)
		}
		return string(out), nil
	}
	_, err = tmux(ctx, "new-session", "-d", "-x", strconv.Itoa(s.Columns), "-y", strconv.Itoa(s.Rows),
		"env HISTFILE= PS1='"+prompt+"' bash --norc --noprofile", ";", "set", "status", "off")
	if err != nil {
		return nil, err
	}
	defer func() {
		_, killErr := tmux(context.WithoutCancel(ctx), "kill-server")
		err = errors.Join(err, killErr)
	}()
	film := film{take: func() (string, error) { return tmux(ctx, "capture-pane", "-e", "-p") }, began: time.Now()}
	for _, next := range s.steps() {
		if next.keys != nil {
			if _, err := tmux(ctx, append([]string{"send-keys"}, next.keys...)...); err != nil {
				return nil, err
			}
		}
		if err := film.run(ctx, next.until, next.still); err != nil {
			return nil, err
		}
	}
	return film.frames, nil
}

// step is what is typed, and what then has to show.
type step struct {
	keys  []string
	until func(string) bool
	still time.Duration // for how long it is shown before the next step
}

func (s Session) steps() []step {
	shows := func(what string) func(string) bool {
		return func(text string) bool { return strings.Contains(Frame{Text: text}.Plain(), what) }
	}
	steps := []step{{nil, atPrompt, lull}, {[]string{"-l", s.Command}, shows(s.Command), lull}}
	if s.Question != "" {
		steps = append(steps,
			step{[]string{"Enter"}, shows(s.Question), 4 * time.Second}, step{[]string{"-l", s.Answer}, shows(s.Question), lull})
	}
	return append(steps, step{[]string{"Enter"}, atPrompt, 0}) // until it has run, something else stands in the last line
}

// atPrompt tells whether the shell waits for a command.
func atPrompt(text string) bool {
	text = Frame{Text: text}.Plain()
	return text[strings.LastIndex(text, "\n")+1:] == strings.TrimSpace(prompt)
}

type film struct {
	take   func() (string, error)
	began  time.Time
	frames []Frame
}

// run takes frames until one fits, and for a while after it.
func (f *film) run(ctx context.Context, until func(string) bool, still time.Duration) error {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	var end <-chan time.Time
	for {
		text, err := f.take()
		if err != nil {
			return err
		}
		n := len(f.frames)
		if began := strings.TrimSpace(text) != ""; n == 0 && began || n > 0 && f.frames[n-1].Text != text { // not before the prompt
			f.frames = append(f.frames, Frame{time.Since(f.began), text})
		}
		if end == nil && until(text) {
			end = time.After(still)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return nil
		case <-ticks.C:
		}
	}
}
