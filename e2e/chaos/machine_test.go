package chaos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// machine is one process on a machine of its own: a fresh home, and a way to the registry that notes every request, and on
// which the process can be killed at any point.
type machine struct {
	run
	id       int
	dir      string
	state    string   // the state file
	secret   string   // a token that it holds; or none that is known
	factor   []string // the flags by which a human gives the second factor
	line     *httptest.Server
	registry http.Handler // faults included
	journal  *journal
	clock    *clock
	here     *attendant

	command         *exec.Cmd
	out, err        bytes.Buffer
	started, exited chan struct{}
	killed          atomic.Bool
	requests        atomic.Int64
	publishes       atomic.Int64
	code            int
	ended           time.Time // simulated
	found           records   // what the registry had then

	mu       sync.Mutex
	surprise []string // what the harness itself should not have seen
}

// live runs the process from the time when it is due to its end.
func (m *machine) live(ctx context.Context, prepare func(*machine) ([]string, error)) error {
	for _, folder := range []string{"home", "tmp"} {
		if err := os.MkdirAll(filepath.Join(m.dir, folder), 0o700); err != nil {
			return err
		}
	}
	m.started, m.exited = make(chan struct{}), make(chan struct{})
	m.line = httptest.NewServer(http.HandlerFunc(m.serve))
	if err := m.clock.wait(ctx, m.here, m.after); err != nil {
		return err
	}
	environment, err := prepare(m)
	if err != nil {
		return err
	}
	m.command = exec.CommandContext(ctx, shop.program, append(m.arguments(m.state), m.factor...)...)
	m.command.Dir, m.command.Stdout, m.command.Stderr = m.dir, &m.out, &m.err
	m.command.Env = slices.Concat([]string{
		"PATH=" + shop.tools, "HOME=" + filepath.Join(m.dir, "home"), "TMPDIR=" + filepath.Join(m.dir, "tmp"), "NO_COLOR=1",
		"npm_config_registry=" + m.line.URL + "/", "GITHUB_API_URL=" + m.line.URL + "/github",
		"FACETS_CLOCK=" + m.clock.address(m.here),
	}, environment)
	if err := m.command.Start(); err != nil {
		return err
	}
	close(m.started)
	stop := m.lurk(ctx)
	_ = m.command.Wait() // its code says how it ended
	m.code, m.ended = m.command.ProcessState.ExitCode(), m.clock.Now()
	close(m.exited)
	stop()
	if ctx.Err() != nil {
		return fmt.Errorf("it did not end within %s, and was killed", patience)
	}
	return nil
}

// lurk kills the process after a time, if that is how it is to end. stop returns when it does so no more.
func (m *machine) lurk(ctx context.Context) (stop func()) {
	if m.kill == nil || m.kill.place != inWait {
		return func() {}
	}
	killer := m.clock.enrol(0)
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		defer m.clock.leave(killer)
		if m.clock.wait(ctx, killer, m.kill.waiting) == nil {
			m.die()
		}
	})
	return func() { cancel(); group.Wait() }
}

// die kills the process and returns when it is dead.
func (m *machine) die() {
	<-m.started
	m.killed.Store(true)
	_ = m.command.Process.Kill() // it may have ended by itself
	<-m.exited
}

func (m *machine) close() {
	if m.line != nil {
		m.line.Close()
	}
}

// serve notes a request, kills the process where that is due, and hands the request on.
func (m *machine) serve(rw http.ResponseWriter, r *http.Request) {
	entry := m.journal.begin(m.id, r)
	number, publish := m.requests.Add(1), int64(0)
	if entry.writes() {
		publish = m.publishes.Add(1)
	}
	due := func(where place) bool {
		k := m.kill
		return k != nil && k.place == where && (k.publish && k.number == publish || !k.publish && k.number == number)
	}
	answer := &answering{ResponseWriter: rw, journal: m.journal, entry: entry, withheld: due(beforeAnswer)}
	defer func() {
		failure := recover()
		if answer.withheld || failure == errKilled {
			m.die()
		}
		m.journal.change(func() {
			entry.done = true
			entry.broken = failure != nil || answer.hijacked || answer.withheld || r.Context().Err() != nil
		})
		if failure != nil && failure != http.ErrAbortHandler && failure != errKilled { //nolint:errorlint // values as they were thrown
			m.wonder("a handler panicked: %v", failure)
		}
		if failure != nil || answer.withheld {
			panic(http.ErrAbortHandler)
		}
	}()
	if due(beforeHandedOn) {
		panic(errKilled)
	}
	r.Body = &arriving{ReadCloser: r.Body, journal: m.journal, entry: entry, passing: func(arrived int64) {
		if due(inBody) && float64(arrived) >= float64(r.ContentLength)*m.kill.share {
			m.die() // what it sent last may arrive still, as on any line
		}
	}}
	m.registry.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), entryKey{}, entry)))
}

func (m *machine) wonder(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.surprise = append(m.surprise, fmt.Sprintf("m%d: ", m.id)+fmt.Sprintf(format, args...))
}

func (m *machine) String() string {
	text := fmt.Sprintf("m%d %s", m.id, m.run)
	if m.command == nil || m.command.ProcessState == nil {
		return text + ": not started"
	}
	if m.killed.Load() && m.code < 0 {
		return text + ": killed"
	}
	return fmt.Sprintf("%s: exit %d", text, m.code)
}

// outputs returns what the process printed.
func (m *machine) outputs() string {
	var compact bytes.Buffer
	if json.Compact(&compact, m.out.Bytes()) != nil {
		compact = m.out
	}
	return strings.TrimSpace(compact.String() + "\n" + m.err.String())
}
