package fault

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// cache is a broken cache: it ignores the query, and repeats kept answers without asking the registry whether they still hold.
type cache struct {
	*rule
	keep func(status int) bool

	mu     sync.Mutex
	copies map[string]kept
}

type kept struct {
	*answer
	at time.Time
}

func newStale(u *rule) effect {
	return &cache{rule: u, copies: map[string]kept{}, keep: func(status int) bool {
		return status == http.StatusOK || status == http.StatusNotFound
	}}
}

func newStale404(u *rule) effect {
	return &cache{rule: u, copies: map[string]kept{}, keep: func(status int) bool { return status == http.StatusNotFound }}
}

func (c *cache) serve(rw http.ResponseWriter, q question, next http.Handler) {
	if !isRead(q.Request) || !c.past() {
		next.ServeHTTP(rw, q.Request)
		return
	}
	key := q.Method + " " + q.URL.Path + " " + q.Header.Get("Accept")
	if copied, ok := c.copied(key); ok && c.take() {
		c.layer.hit(c.rule, q.Request)
		rw.Header().Set("Age", strconv.Itoa(int(c.layer.now().Sub(copied.at).Seconds())))
		copied.send(rw, q.Request)
		return
	}
	h := &held{rw: rw, keep: c.keep}
	next.ServeHTTP(h, plain(q.Request))
	if !h.passing {
		a := h.answer()
		c.remember(key, a)
		a.send(rw, q.Request)
	}
}

func (c *cache) copied(key string) (kept, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	copied, ok := c.copies[key]
	return copied, ok && c.lasts(copied.at)
}

func (c *cache) remember(key string, a *answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if copied, ok := c.copies[key]; !ok || !c.lasts(copied.at) { // else another request was faster
		c.copies[key] = kept{a, c.layer.now()}
	}
}
