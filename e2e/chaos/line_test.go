package chaos_test

import (
	"bufio"
	"errors"
	"net"
	"net/http"
)

// entryKey is the context's key of the request's entry in the journal.
type entryKey struct{}

// witness notes what the registry itself answers, behind all faults.
func witness(j *journal, registry http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		entry, ok := r.Context().Value(entryKey{}).(*request)
		if !ok || r.Method != entry.method || r.URL.EscapedPath() != entry.path {
			registry.ServeHTTP(rw, r) // a fault's own question
			return
		}
		registry.ServeHTTP(&noting{ResponseWriter: rw, note: func(status int) {
			j.change(func() { entry.registry, entry.answered = status, len(j.all) })
		}}, r)
	})
}

// noting tells the status of an answer.
type noting struct {
	http.ResponseWriter
	note func(status int)
	done bool
}

func (n *noting) WriteHeader(status int) {
	if !n.done && status >= http.StatusOK {
		n.done = true
		n.note(status)
	}
	n.ResponseWriter.WriteHeader(status)
}

func (n *noting) Write(data []byte) (int, error) {
	if !n.done {
		n.WriteHeader(http.StatusOK)
	}
	return n.ResponseWriter.Write(data)
}

// Unwrap lets http.NewResponseController reach the connection.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// answering notes an answer on its way to a machine, or withholds it.
type answering struct {
	http.ResponseWriter
	journal  *journal
	entry    *request
	withheld bool
	hijacked bool
}

func (a *answering) WriteHeader(status int) {
	again := false
	a.journal.change(func() {
		again = a.entry.status != 0
		if !again && !a.withheld && status >= http.StatusOK {
			a.entry.status = status
		}
	})
	if !again && !a.withheld {
		a.ResponseWriter.WriteHeader(status)
	}
}

func (a *answering) Write(data []byte) (int, error) {
	if a.withheld {
		return len(data), nil
	}
	a.journal.change(func() {
		if a.entry.status == 0 {
			a.entry.status = http.StatusOK
		}
		a.entry.answer = append(a.entry.answer, data[:min(len(data), keptOfAnswer-len(a.entry.answer))]...)
	})
	return a.ResponseWriter.Write(data)
}

// Hijack gives a fault the connection.
func (a *answering) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.hijacked = true
	return http.NewResponseController(a.ResponseWriter).Hijack()
}

// Unwrap lets http.NewResponseController reach all else.
func (a *answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }

var errKilled = errors.New("the process is to be killed here")
