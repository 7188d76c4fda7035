package npm

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	slowest  = 10   // requests a second that are always made, so that a queue of them does not outlast its time
	caution  = 0.95 // of what the registry has just taken in a second, to begin with after it complained
	deepest  = 0.8  // cut of a limit: right after a hold little was taken, which means nothing
	creeping = 1.01 // by how much more is tried each second where the registry complained last
	striding = 1.10 // below that, and when it has long not complained
	calm     = 30 * time.Second
	lookback = time.Second

	longestHold = 10 * time.Second // of all requests; one that was itself told to wait longer does
)

// throttle holds back the requests of all callers together once the registry says that they are too many (429): first to
// about what it had taken in the second before, then a little more every second, until it complains again or takes all.
// Each caller's own repetitions would find the limit anew, at the cost of a refusal each.
type throttle struct {
	limiter *rate.Limiter // without limit until the first complaint

	mu       sync.Mutex
	taken    []time.Time // when requests of the last window were taken
	slowed   time.Time   // when the registry complained last
	top      rate.Limit  // at what limit, or how much was taken, when it did
	adjusted time.Time   // when the limit was changed last
	held     time.Time   // until when nothing is sent
}

func newThrottle() *throttle { return &throttle{limiter: rate.NewLimiter(rate.Inf, 1)} }

// wait returns when the next request may be sent.
func (t *throttle) wait(ctx context.Context) error {
	t.mu.Lock()
	hold := time.Until(t.held)
	t.mu.Unlock()
	if hold > 0 {
		if err := pause(ctx, hold); err != nil {
			return err
		}
	}
	return t.limiter.Wait(ctx)
}

// saw takes note of an answer.
func (t *throttle) saw(resp *http.Response, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		t.slow(now, retryAfter(resp.Header))
		return
	case t.limiter.Limit() != rate.Inf && now.Sub(t.adjusted) >= lookback:
		growth := creeping
		if t.limiter.Limit() < caution*t.top || now.Sub(t.slowed) > calm {
			growth = striding
		}
		t.adjusted = now
		t.limiter.SetLimitAt(now, t.limiter.Limit()*rate.Limit(growth))
	}
	t.forget(now)
	t.taken = append(t.taken, now)
}

// slow lowers the limit, once for all requests that were under way together. The first time nothing more is sent until
// what was taken so quickly lies a second back.
func (t *throttle) slow(now time.Time, asked time.Duration) {
	if now.Sub(t.slowed) < lookback {
		return
	}
	t.forget(now)
	if len(t.taken) <= slowest { // not so many that their number can be meant: who was refused waits by himself
		return
	}
	switch {
	case asked > longestHold: // this one call is put off for long, and says so
		asked = 0
	case asked <= lookback && t.limiter.Limit() == rate.Inf:
		asked = lookback - now.Sub(t.taken[0])
	case asked <= lookback:
		asked = 0 // who was refused waits; the others are slow enough
	}
	if until := now.Add(asked); until.After(t.held) {
		t.held = until
	}
	limit := rate.Limit(caution * float64(len(t.taken)))
	t.top = rate.Limit(len(t.taken))
	if current := t.limiter.Limit(); current != rate.Inf {
		t.top = current
		limit = max(deepest*current, min(limit, caution*current))
	}
	t.slowed, t.adjusted = now, now
	t.limiter.SetLimitAt(now, max(slowest, limit))
}

// forget drops what was taken before the last window.
func (t *throttle) forget(now time.Time) {
	old := 0
	for old < len(t.taken) && now.Sub(t.taken[old]) > lookback {
		old++
	}
	t.taken = t.taken[old:]
}

// throttled makes requests as fast as a throttle lets them through.
type throttled struct {
	wrapped
	throttle *throttle
}

func (t throttled) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.throttle.wait(req.Context()); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // as every RoundTripper has to; the error that matters is err
		}
		return nil, err
	}
	resp, err := t.next.RoundTrip(req)
	if err == nil {
		t.throttle.saw(resp, time.Now())
	}
	return resp, err
}
