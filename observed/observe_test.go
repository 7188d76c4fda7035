package observed_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestThreeSmallRequestsAPackage(t *testing.T) {
	g := NewWithT(t)
	r := serving()
	p := observe(t, r, observed.Query{Name: "p", Version: "1.0.0"})
	g.Expect(r.requests).To(ConsistOf("tags of p", "manifest of p@1.0.0", "tarball of p at http://registry.example.test/p.tgz"))
	g.Expect(p).To(Equal(observed.Package{
		Name: "p", Existence: observed.Exists, DistTags: r.tags, Version: "1.0.0", State: observed.Served, Manifest: &r.manifest,
	}))
}

func TestNothingToObserve(t *testing.T) {
	g := NewWithT(t)
	snapshot, err := observed.Observer{Registry: serving()}.Observe(t.Context(), nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(snapshot).NotTo(BeNil())
	g.Expect(snapshot).To(BeEmpty())
}

func TestOneFailingPackageLeavesTheOthersAlone(t *testing.T) {
	g := NewWithT(t)
	snapshot, err := observed.Observer{Registry: selective{serving()}, Concurrency: 2}.Observe(t.Context(), []observed.Query{
		{Name: "broken", Version: "1.0.0"}, {Name: "p", Version: "1.0.0"}, {Name: "absent", Version: "1.0.0"},
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(snapshot).To(HaveLen(3))
	g.Expect(snapshot["broken"].State).To(Equal(observed.Unknown))
	g.Expect(snapshot["p"].State).To(Equal(observed.Served))
	g.Expect(snapshot["absent"].State).To(Equal(observed.Absent))
	g.Expect(snapshot["absent"].Existence).To(Equal(observed.Missing))
}

// selective has p, cannot be read about broken, and has nothing else.
type selective struct{ *registry }

func (s selective) of(name spec.Name) *registry {
	switch name {
	case "p":
		return s.registry
	case "broken":
		return serving(unreadable, tagless)
	}
	return serving(unserved, unnamed)
}

func (s selective) DistTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error) {
	return s.of(name).DistTags(ctx, name)
}

func (s selective) Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error) {
	return s.of(name).Manifest(ctx, name, version)
}

// crowd counts the requests that are under way, and holds each until it is let go.
type crowd struct {
	leave          chan struct{}
	inFlight, most atomic.Int64
	arrived, left  atomic.Int64
}

func (c *crowd) before(_ context.Context, _ string) {
	c.arrived.Add(1)
	now := c.inFlight.Add(1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
		continue
	}
	<-c.leave
	c.inFlight.Add(-1)
	c.left.Add(1)
}

func TestTheConcurrencyLimitHolds(t *testing.T) {
	const packages = 7
	for _, c := range []struct{ concurrency, inFlight int }{{1, 1}, {3, 3}, {5, 5}, {0, 1}, {-4, 1}} {
		t.Run(fmt.Sprint(c.concurrency), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				c2 := &crowd{leave: make(chan struct{})}
				r := serving(func(r *registry) { r.before = c2.before })
				var queries []observed.Query
				for i := range packages { // of another name than the manifest's: the tarball is not asked for
					queries = append(queries, observed.Query{Name: spec.Name(fmt.Sprintf("p%d", i)), Version: "1.0.0"})
				}
				done := make(chan error)
				go func() {
					trust := trustReader{before: func() { c2.before(t.Context(), "trust") }}
					_, err := observed.Observer{Registry: r, Trust: &trust, Concurrency: c.concurrency}.Observe(t.Context(), queries)
					done <- err
				}()
				const requests = 3 * packages // tags, manifest and trust of each
				for leave := range requests {
					synctest.Wait() // until nothing moves: as many wait at the gate as ever will
					g.Expect(int(c2.inFlight.Load())).To(Equal(min(c.inFlight, requests-leave)), "after %d have left", leave)
					c2.leave <- struct{}{}
				}
				g.Expect(<-done).To(Succeed())
				g.Expect(int(c2.most.Load())).To(Equal(c.inFlight))
				g.Expect(int(c2.arrived.Load())).To(Equal(requests))
				g.Expect(int(c2.left.Load())).To(Equal(requests))
			})
		})
	}
}

func TestObservingEndsWithItsContext(t *testing.T) {
	g := NewWithT(t)
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	var once sync.Once
	r := serving(func(r *registry) {
		r.before = func(ctx context.Context, _ string) {
			once.Do(func() { cancel(why) })
			<-ctx.Done() // as a request does that is cut
		}
	})
	queries := make([]observed.Query, 20)
	for i := range queries {
		queries[i] = observed.Query{Name: spec.Name(fmt.Sprintf("p%d", i)), Version: "1.0.0"}
	}
	snapshot, err := observed.Observer{Registry: r, Concurrency: 2}.Observe(ctx, queries)
	g.Expect(snapshot).To(BeNil(), "what was cut off must not be taken for what is")
	g.Expect(err).To(MatchError(why))
	g.Expect(err).To(MatchError(ContainSubstring("reading the registry")))
}

// trustReader knows one answer.
type trustReader struct {
	answer observed.Trust
	before func()

	mu    sync.Mutex
	asked []spec.Name
}

func (r *trustReader) Trust(_ context.Context, name spec.Name) observed.Trust {
	if r.before != nil {
		r.before()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, name)
	return r.answer
}

func TestTrustThatIsKnownIsNotAskedForAgain(t *testing.T) {
	g := NewWithT(t)
	reader := &trustReader{answer: observed.Trust{Exchange: observed.ExchangeRefused}}
	known := observed.Trust{Exchange: observed.ExchangeTaken}
	snapshot, err := observed.Observer{Registry: serving(), Trust: reader, Concurrency: 2}.Observe(t.Context(), []observed.Query{
		{Name: "known", Trust: &known}, {Name: "unknown"}, {Name: "nothing-known", Trust: &observed.Trust{}},
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(reader.asked).To(Equal([]spec.Name{"unknown"}))
	g.Expect(snapshot["known"].Trust).To(Equal(known))
	g.Expect(snapshot["unknown"].Trust).To(Equal(reader.answer))
	g.Expect(snapshot["nothing-known"].Trust).To(Equal(observed.Trust{}))
}

func TestAManifestHintsAtItsPublisher(t *testing.T) {
	g := NewWithT(t)
	signed := func(r *registry) {
		g.Expect(jsonInto(&r.manifest, `{"_npmUser": {"name": "x", "trustedPublisher": {"id": "circleci"}}}`)).To(Succeed())
	}
	query := observed.Query{Name: "p", Version: "1.0.0"}
	g.Expect(observe(t, serving(signed), query).Trust.PublishedBy).To(Equal("circleci"))
	g.Expect(observe(t, serving(), query).Trust.PublishedBy).To(BeEmpty())
	g.Expect(observe(t, serving(signed, unserved), query).Trust.PublishedBy).To(BeEmpty())

	query.Trust = &observed.Trust{Listed: true}
	g.Expect(observe(t, serving(signed), query).Trust).To(Equal(observed.Trust{Listed: true, PublishedBy: "circleci"}))
	g.Expect(query.Trust.PublishedBy).To(BeEmpty(), "what the asker knows is the asker's")
}

func TestNewerReadingsTakeThePlaceOfOlderOnes(t *testing.T) {
	g := NewWithT(t)
	old := observed.Snapshot{"a": {State: observed.Absent}, "b": {State: observed.Served}}
	newer := old.With(observed.Snapshot{"a": {State: observed.Accepted}, "c": {State: observed.Unknown}})
	g.Expect(newer).To(Equal(observed.Snapshot{
		"a": {State: observed.Accepted}, "b": {State: observed.Served}, "c": {State: observed.Unknown}}))
	g.Expect(old["a"].State).To(Equal(observed.Absent), "the older snapshot stays as it was")
	g.Expect(observed.Snapshot(nil).With(nil)).NotTo(BeNil())
}
