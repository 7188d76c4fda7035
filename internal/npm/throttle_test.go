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
	const allowed, readers, each = 50, 32, 100
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		var mu sync.Mutex
		var began time.Time
		var inWindow int
		var taken, refused, failed atomic.Int32
		registry := wire(func(w http.ResponseWriter, r *http.Request) {
			<-time.After(20 * time.Millisecond) // the way there and back
			mu.Lock()
			if now := time.Now(); now.Sub(began) >= time.Second {
				began, inWindow = now, 0
			}
			inWindow++
			tooMany := inWindow > allowed
			mu.Unlock()
			if tooMany {
				refused.Add(1)
				answer(429, "")(w, r)
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
	})
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
