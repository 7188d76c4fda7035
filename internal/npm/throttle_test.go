package npm_test

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
)

// A registry that takes so many requests a second gets all that were to be made, at about that pace, and has to refuse few.
func TestManyReadsSettleAtWhatTheRegistryTakes(t *testing.T) {
	for name, limit := range map[string]func() limit{
		"windows of a second": func() limit { return &windows{} },
		"a bucket of as many": func() limit { return &bucket{tokens: allowed} },
	} {
		for _, retryAfter := range []string{"", "1"} {
			t.Run(name+" "+retryAfter, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { settles(t, limit(), retryAfter) })
			})
		}
	}
}

// allowed is what the registry takes in a second.
const allowed = 50

// limit is how a registry counts.
type limit interface{ takes(now time.Time) bool }

type windows struct {
	began time.Time
	taken int
}

func (w *windows) takes(now time.Time) bool {
	if now.Sub(w.began) >= time.Second {
		w.began, w.taken = now, 0
	}
	w.taken++
	return w.taken <= allowed
}

type bucket struct {
	filled time.Time
	tokens float64
}

func (b *bucket) takes(now time.Time) bool {
	if !b.filled.IsZero() {
		b.tokens = min(allowed, b.tokens+allowed*now.Sub(b.filled).Seconds())
	}
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func settles(t *testing.T, counts limit, retryAfter string) {
	const readers, each = 32, 100
	g := NewWithT(t)
	var mu sync.Mutex
	var taken, refused, failed atomic.Int32
	registry := wire(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(20 * time.Millisecond) // the way there and back
		mu.Lock()
		takes := counts.takes(time.Now())
		mu.Unlock()
		if !takes {
			refused.Add(1)
			answer(429, "", "Retry-After", retryAfter)(w, r)
			return
		}
		taken.Add(1)
		answer(200, `{"latest":"1.0.0"}`)(w, r)
	})
	client, err := npm.New(npm.Options{Registry: &url.URL{Scheme: "https", Host: "registry.example.test"}, Transport: registry})
	g.Expect(err).NotTo(HaveOccurred())
	start := time.Now()
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for range each {
				if _, err := client.DistTags(t.Context(), scoped); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	reading.Wait()
	pace := float64(taken.Load()) / time.Since(start).Seconds()
	t.Logf("%d taken, %d refused, %.1f a second", taken.Load(), refused.Load(), pace)
	g.Expect(failed.Load()).To(BeZero(), "a request was lost")
	g.Expect(taken.Load()).To(BeEquivalentTo(readers * each))
	g.Expect(pace).To(BeNumerically("~", allowed, 0.1*allowed))
	g.Expect(refused.Load()).To(BeNumerically("<", readers*each/10), "each reader found the limit for itself")
}

// One that is left alone for a while is asked as fast as before.
func TestReadsAreFastAgainWhenTheRegistryIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		asked := 0
		registry := wire(func(w http.ResponseWriter, r *http.Request) {
			<-time.After(10 * time.Millisecond)
			if asked++; asked == 80 {
				answer(429, "", "Retry-After", "5")(w, r)
				return
			}
			answer(200, `{"latest":"1.0.0"}`)(w, r)
		})
		client, err := npm.New(npm.Options{Registry: &url.URL{Scheme: "https", Host: "registry.example.test"}, Transport: registry})
		g.Expect(err).NotTo(HaveOccurred())
		read := func(times int) time.Duration {
			start := time.Now()
			for range times {
				_, err := client.DistTags(t.Context(), scoped)
				g.Expect(err).NotTo(HaveOccurred())
			}
			return time.Since(start)
		}
		fast := read(79)
		g.Expect(read(1)).To(BeNumerically("~", 5*time.Second, time.Second), "it asked to be left alone")
		g.Expect(read(79)).To(BeNumerically(">", fast*11/10), "and takes less, it seems")
		read(5000)
		g.Expect(read(79)).To(BeNumerically("~", fast, fast/50))
	})
}
