package live_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestLogSaysSomethingEveryMinute(t *testing.T) {
	var out bytes.Buffer
	s := newStory(t, nil)
	log := live.NewLog(&out, s.clock)
	s.tell = log.Take
	tick := func(seconds int) {
		for range seconds / 5 {
			s.pass(5 * time.Second)
			log.Tick()
		}
	}
	s.begin()
	tick(70) // reading takes its time
	s.look()
	s.start(reconcile.Publish, mac)
	s.start(reconcile.Publish, linux)
	tick(70) // as does packing
	for i := range 30 {
		s.send(mac, int64(i)*4_000_000)
		tick(5)
	}
	s.finish(reconcile.Publish, mac, reconcile.Done, "")
	s.finish(reconcile.Publish, linux, reconcile.Failed, "a wrong\x1b[2J artifact")
	s.wait(30*time.Second, map[spec.Name]string{mac: "to be served"})
	s.end()
	golden(t, "log", out.String())
}

func TestLogIsNeverSilentForLongerThanAMinute(t *testing.T) {
	g := NewWithT(t)
	s := newStory(t, nil)
	last := s.now
	log := live.NewLog(writer(func(line []byte) {
		g.Expect(s.now.Sub(last)).To(BeNumerically("<=", 65*time.Second), string(line))
		last = s.now
	}), s.clock)
	s.tell = log.Take
	s.begin()
	s.look()
	s.start(reconcile.Publish, mac)
	for range 200 {
		s.pass(5 * time.Second)
		log.Tick()
	}
	g.Expect(s.now.Sub(last)).To(BeNumerically("<=", 65*time.Second))
}

type writer func([]byte)

func (w writer) Write(line []byte) (int, error) {
	w(line)
	return len(line), nil
}

func TestLines(t *testing.T) {
	done := reconcile.Event{Type: reconcile.Finished, Action: reconcile.Publish, Package: "@s/p", Version: "1.0.0",
		Outcome: reconcile.Done, Elapsed: 1234567 * time.Microsecond}
	with := func(change func(*reconcile.Event)) reconcile.Event {
		e := done
		change(&e)
		return e
	}
	for line, e := range map[string]reconcile.Event{
		"publish  @s/p@1.0.0: accepted (1.235s)":                          done,
		"publish  @s/p@1.0.0: done (1.235s): the registry has it already": with(func(e *reconcile.Event) { e.Message = "the registry has it already" }),
		"trust    @s/p: done (1.235s)":                                    with(func(e *reconcile.Event) { e.Action = reconcile.Trust }),
		"seed     @s/p@1.0.0: refused (1.235s): log in":                   with(func(e *reconcile.Event) { e.Action, e.Outcome, e.Message = reconcile.Seed, reconcile.Refused, "log in" }),
		"waiting  p to be served; 1m0s so far, next look in 2.3s":         {Type: reconcile.Waiting, Message: "p to be served", Elapsed: time.Minute, Next: 2250 * time.Millisecond},
		"": {Type: reconcile.Observed, Count: 3},
	} {
		NewWithT(t).Expect(live.Line(e)).To(Equal(line))
	}
	for _, e := range []reconcile.EventType{reconcile.Begun, reconcile.Started, reconcile.Sending, reconcile.NowServed, reconcile.Ended} {
		NewWithT(t).Expect(live.Line(reconcile.Event{Type: e, Package: "p", Message: "m"})).To(BeEmpty())
	}
}

// seen remembers what a viewer is given.
type seen struct{ what []string }

func (s *seen) Take(e reconcile.Event) { s.what = append(s.what, string(e.Type)) }
func (s *seen) Tick()                  { s.what = append(s.what, "tick") }

func TestWatchTicksOnlyWhileARunLasts(t *testing.T) {
	g := NewWithT(t)
	ticks := make(chan time.Time)
	stopped := 0
	v := &seen{}
	tell := live.Watch(v, func() (<-chan time.Time, func()) { return ticks, func() { stopped++ } })
	tell(reconcile.Event{Type: reconcile.Observed}) // a preview
	for range 2 {
		tell(reconcile.Event{Type: reconcile.Begun})
		ticks <- time.Time{}
		ticks <- time.Time{} // so the first has been seen to
		tell(reconcile.Event{Type: reconcile.Ended})
	}
	tell(reconcile.Event{Type: reconcile.Ended})
	g.Expect(strings.Join(v.what, " ")).To(Equal("observed begun tick tick ended begun tick tick ended ended"))
	g.Expect(stopped).To(Equal(2))
}

func TestEveryTicks(t *testing.T) {
	ticks, stop := live.Every(time.Nanosecond)()
	defer stop()
	_, ok := <-ticks
	NewWithT(t).Expect(ok).To(BeTrue(), "a tick comes")
}
