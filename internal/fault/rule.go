package fault

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// rule is a fault that is applied, with its counts.
type rule struct {
	Fault
	on      []Operation
	layer   *Layer
	sudden  action
	lasting effect

	mu     sync.Mutex
	seen   int // requests that the fault selects
	broken int
	since  time.Time // when the first one was broken
}

// An action breaks one request.
type action func(*stroke)

// An effect answers requests in the place of next. It gets only the requests that its fault selects.
type effect interface {
	serve(rw http.ResponseWriter, q question, next http.Handler)
}

// stroke is a request that is being broken.
type stroke struct {
	*rule
	rw   http.ResponseWriter
	r    *http.Request
	next http.Handler // the registry, as lasting faults show it
}

func (u *rule) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if q := questionOf(r); !u.layer.cleared() && u.concerns(q) {
			u.lasting.serve(rw, q, next)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

func (u *rule) concerns(q question) bool {
	return slices.Contains(u.on, q.operation) && u.covers(q.name, q.version)
}

// past counts a request that the fault selects, and tells whether it comes after those that After lets pass.
func (u *rule) past() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen++
	return u.seen > u.After
}

// take tells whether another request is to be broken, and counts it. Lasting kinds apply For themselves.
func (u *rule) take() bool {
	now := u.layer.now()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.broken == 0 {
		u.since = now
	}
	over := u.lasting == nil && u.For > 0 && now.Sub(u.since) >= u.For
	if over || u.Times > 0 && u.broken >= u.Times {
		return false
	}
	u.broken++
	return true
}

// giveBack takes a request back from the count, as it was not broken after all.
func (u *rule) giveBack() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.broken--
}

// lasts tells whether what began at this time still lasts.
func (u *rule) lasts(from time.Time) bool { return u.For == 0 || u.layer.now().Sub(from) < u.For }
