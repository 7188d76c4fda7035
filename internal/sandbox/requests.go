package sandbox

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Request is one request that a world was sent.
type Request struct {
	At     time.Time
	Method string
	Path   string // as it was on the wire, still escaped, without the query
	Status int    // of the answer; 0 while there is none, and when the connection was cut instead
	Access string // that a publish sent: public, restricted, or null; of all else ""
}

// keptRequests bounds the memory of a world that is served for days.
const keptRequests = 50_000

type requests struct {
	now func() time.Time

	mu  sync.Mutex
	all []*Request
}

func (q *requests) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		entry := &Request{At: q.now(), Method: r.Method, Path: r.URL.EscapedPath()}
		q.mu.Lock()
		if len(q.all) >= keptRequests {
			q.all = slices.Delete(q.all, 0, keptRequests/2)
		}
		q.all = append(q.all, entry)
		q.mu.Unlock()
		r = withAccessNote(r, func(access string) {
			q.mu.Lock()
			defer q.mu.Unlock()
			entry.Access = access
		})
		next.ServeHTTP(&statusWriter{ResponseWriter: rw, sent: func(status int) {
			q.mu.Lock()
			defer q.mu.Unlock()
			entry.Status = status
		}}, r)
	})
}

// statusWriter tells the status of an answer as soon as it is sent.
type statusWriter struct {
	http.ResponseWriter
	sent func(status int)
	done bool
}

func (s *statusWriter) WriteHeader(status int) {
	if !s.done && status >= http.StatusOK {
		s.done = true
		s.sent(status)
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusWriter) Write(data []byte) (int, error) {
	if !s.done {
		s.WriteHeader(http.StatusOK)
	}
	return s.ResponseWriter.Write(data)
}

// Unwrap lets http.NewResponseController reach the connection, which faults cut.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
