// Package sink is a registry that costs next to nothing, for measuring its clients: it accepts every publish, forgets the
// tarball, and answers the reads that clients make. It knows no users and no tokens.
package sink

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Options shape a Sink. The zero value is an empty registry.
type Options struct {
	Present string  // a version that packages have of which nothing was published; empty: they do not exist
	Limit   float64 // requests a second above which the answer is 429; 0: none
	Verify  bool    // refuse tarballs that are not what the manifest says, which costs time
}

// Sink is the registry. It is safe for concurrent use.
type Sink struct {
	options Options
	limiter *rate.Limiter

	mu       sync.Mutex
	versions map[string]*Version // by name
	answers  []Answer
}

// Version is what was published under a name last.
type Version struct {
	Name, Version string
	Size          int64 // bytes of the tarball
	manifest      map[string]any
	tags          map[string]string
}

// Answer is one that a limited sink gave.
type Answer struct {
	At      time.Time
	Refused bool // by the limit
}

// New returns a sink.
func New(o Options) *Sink {
	s := &Sink{options: o, versions: map[string]*Version{}}
	if o.Limit > 0 {
		s.limiter = rate.NewLimiter(rate.Limit(o.Limit), int(o.Limit)) // a second's worth may come at once
	}
	return s
}

// Reset forgets everything that was published.
func (s *Sink) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions, s.answers = map[string]*Version{}, nil
}

// Published returns what was published since the last Reset, by name.
func (s *Sink) Published() map[string]*Version {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.versions)
}

// Answers returns all answers of a limited sink since the last Reset, in their order.
func (s *Sink) Answers() []Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Answer(nil), s.answers...)
}

// ServeHTTP answers as a registry does.
func (s *Sink) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !s.admit() {
		rw.Header().Set("Retry-After", "1")
		reply(rw, http.StatusTooManyRequests, map[string]string{"error": "too many requests"})
		return
	}
	path, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/"))
	name, rest := split(strings.TrimPrefix(path, "-/package/"))
	switch {
	case err != nil || name == "" || name == "-":
		reply(rw, http.StatusNotFound, map[string]string{"error": "Not Found"})
	case r.Method == http.MethodPut && rest == "":
		s.publish(rw, r)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		s.read(rw, r, name, rest)
	default:
		reply(rw, http.StatusMethodNotAllowed, map[string]string{"error": "method not allowed"})
	}
}

// split cuts a package's name off a path.
func split(path string) (name, rest string) {
	first, rest, _ := strings.Cut(path, "/")
	if strings.HasPrefix(first, "@") {
		second, after, _ := strings.Cut(rest, "/")
		return first + "/" + second, after
	}
	return first, rest
}

func (s *Sink) admit() bool {
	if s.limiter == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	admitted := s.limiter.AllowN(now, 1)
	s.answers = append(s.answers, Answer{At: now, Refused: !admitted})
	return admitted
}
