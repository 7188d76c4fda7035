package fault

import (
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Options of a Layer.
type Options struct {
	Faults []Fault
	Now    func() time.Time // time.Now if nil
	Log    *slog.Logger     // a line for each request broken, at the level info; nil: none
}

// Layer breaks requests to one registry. It is safe for concurrent use.
type Layer struct {
	now   func() time.Time
	log   *slog.Logger
	rules []*rule
	calm  chan struct{} // closed by Clear
	once  sync.Once

	mu   sync.Mutex
	hits []Hit
}

// Hit is one request that was broken.
type Hit struct {
	At     time.Time
	Fault  Fault
	Method string
	Path   string // as it was on the wire, still escaped, without the query
}

// New returns a Layer. Faults of an unknown kind do nothing; Parse refuses them.
func New(o Options) *Layer {
	l := &Layer{now: o.Now, log: o.Log, calm: make(chan struct{})}
	if l.now == nil {
		l.now = time.Now
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	known := natures()
	for _, f := range o.Faults {
		u := &rule{Fault: f, on: f.On, layer: l, sudden: known[f.Kind].sudden}
		if len(u.on) == 0 {
			u.on = known[f.Kind].on
		}
		if begin := known[f.Kind].lasting; begin != nil {
			u.lasting = begin(u)
		}
		l.rules = append(l.rules, u)
	}
	return l
}

// Wrap returns a handler that breaks requests on their way to next.
func (l *Layer) Wrap(next http.Handler) http.Handler {
	shown := next
	for _, u := range slices.Backward(l.rules) {
		if u.lasting != nil {
			shown = u.wrap(shown)
		}
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked := questionOf(r)
		for _, u := range l.rules {
			if u.sudden != nil && !l.cleared() && u.concerns(asked) && u.past() && u.take() {
				l.hit(u, r)
				u.sudden(&stroke{rule: u, rw: rw, r: r, next: shown})
				return
			}
		}
		shown.ServeHTTP(rw, r)
	})
}

// Hits returns what was broken so far, in order.
func (l *Layer) Hits() []Hit {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.hits)
}

// Clear ends all faults: from now on nothing is broken. Answers that hang are cut, slow ones continue at full speed, and hidden versions
// show again.
func (l *Layer) Clear() { l.once.Do(func() { close(l.calm) }) }

func (l *Layer) cleared() bool {
	select {
	case <-l.calm:
		return true
	default:
		return false
	}
}

func (l *Layer) hit(u *rule, r *http.Request) {
	l.log.Info("fault", "fault", u.Fault, "method", r.Method, "path", r.URL.EscapedPath())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hits = append(l.hits, Hit{At: l.now(), Fault: u.Fault, Method: r.Method, Path: r.URL.EscapedPath()})
}

// question is a request, with its purpose.
type question struct {
	*http.Request
	operation Operation
	name      spec.Name
	version   spec.Version
}

func questionOf(r *http.Request) question {
	operation, name, version := Describe(r)
	return question{r, operation, name, version}
}
