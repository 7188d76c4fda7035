// Package chromium looks at a page with a real Chromium, without a window: what it shows, what it tells a screen reader,
// and what it asked the network for. It speaks the DevTools protocol over a pipe (--remote-debugging-pipe), so no port is
// opened, and the browser ends with the pipe.
package chromium

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// Find returns the browser's program, or an error that names what was looked for on PATH.
func Find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", errors.New("no Chromium here: put chromium, chromium-browser or google-chrome on PATH")
}

// Browser is one that runs. It is for one goroutine.
type Browser struct {
	command *exec.Cmd
	profile string
	said    bytes.Buffer // on its standard error
	out     *os.File
	in      *os.File
	reader  *bufio.Reader
	calls   int
	pages   map[string]*Page // by session
}

// Start starts a browser with a profile of its own, which goes when it is closed. It is killed when the context ends.
func Start(ctx context.Context, program string) (*Browser, error) {
	profile, err := os.MkdirTemp("", "facets-chromium-")
	if err != nil {
		return nil, fmt.Errorf("no folder for the browser's profile: %w", err)
	}
	b := &Browser{profile: profile, pages: map[string]*Page{}}
	b.command = exec.CommandContext(ctx, program, // #nosec G204 -- what Find found, or whoever calls this names
		"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		"--force-color-profile=srgb", "--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	b.command.Stderr = &b.said
	ownGroup(b.command)
	if err := b.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", program, err), os.RemoveAll(profile))
	}
	return b, nil
}

// start gives the process its ends of two pipes, as its files 3 and 4.
func (b *Browser) start() error {
	theirIn, out, err := os.Pipe()
	if err != nil {
		return err
	}
	in, theirOut, err := os.Pipe()
	if err != nil {
		return errors.Join(err, theirIn.Close(), out.Close())
	}
	b.in, b.out, b.reader = in, out, bufio.NewReader(in)
	b.command.ExtraFiles = []*os.File{theirIn, theirOut}
	err = b.command.Start()
	err = errors.Join(err, theirIn.Close(), theirOut.Close())
	if err != nil {
		return errors.Join(err, in.Close(), out.Close())
	}
	return nil
}

// Close ends the browser with all its processes, and removes its profile.
func (b *Browser) Close() error {
	err := errors.Join(b.out.Close(), b.in.Close(), killGroup(b.command))
	_ = b.command.Wait() // it was killed
	return errors.Join(err, os.RemoveAll(b.profile))
}

// message is one of the protocol's: a call, an answer, or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// call sends a command and reads until its answer is there. Events on the way go to their pages. result may be nil.
func (b *Browser) call(session, method string, params map[string]any, result any) error {
	b.calls++
	encoded, err := json.Marshal(params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	sent, err := json.Marshal(message{ID: b.calls, Session: session, Method: method, Params: encoded})
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if _, err := b.out.Write(append(sent, 0)); err != nil {
		return b.failed(method, err)
	}
	answer, err := b.until(func(m message) bool { return m.ID == b.calls })
	switch {
	case err != nil:
		return b.failed(method, err)
	case answer.Error != nil:
		return fmt.Errorf("%s: %s", method, answer.Error.Message)
	case result == nil:
		return nil
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		return fmt.Errorf("%s: reading the answer: %w", method, err)
	}
	return nil
}

// until reads up to a message.
func (b *Browser) until(wanted func(message) bool) (message, error) {
	for {
		text, err := b.reader.ReadBytes(0)
		if err != nil {
			return message{}, err
		}
		var m message
		if err := json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err != nil {
			return message{}, fmt.Errorf("reading from the browser: %w", err)
		}
		if page, ok := b.pages[m.Session]; ok && m.ID == 0 {
			page.hear(m)
		}
		if wanted(m) {
			return m, nil
		}
	}
}

// failed says what the browser said itself, where it went.
func (b *Browser) failed(method string, err error) error {
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", method, err)
	}
	_ = killGroup(b.command)
	_ = b.command.Wait() // its standard error is whole then
	return fmt.Errorf("%s: the browser has ended: %s", method, bytes.TrimSpace(b.said.Bytes()))
}
