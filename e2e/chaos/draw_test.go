package chaos_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

// draw is where the parts of a schedule come from.
type draw struct {
	*rand.Rand
	first string // the tag of the release that runs make
}

func (d draw) chance(percent int) bool { return d.IntN(100) < percent }

func (d draw) pick(from []string) string { return from[d.IntN(len(from))] }

// minutes are from low to high, with seconds.
func (d draw) minutes(low, high int) time.Duration {
	return time.Duration(low)*time.Minute + time.Duration(d.IntN((high-low)*60+1))*time.Second
}

// scan is how long a version is scanned: mostly minutes, at times close to an hour, as npm has it.
func (d draw) scan() time.Duration {
	switch n := d.IntN(100); {
	case n < 35:
		return 0
	case n < 80:
		return d.minutes(0, 6)
	}
	return d.minutes(6, 55)
}

func (d draw) rounds(n int, round func() []run) (rounds [][]run) {
	for range n {
		rounds = append(rounds, round())
	}
	return rounds
}

func (d draw) run() run {
	timeouts := []time.Duration{5 * time.Minute, 20 * time.Minute, time.Hour, 90 * time.Minute}
	return run{
		tag: d.first, timeout: timeouts[d.IntN(len(timeouts))], concurrency: []int{1, 2, 4, 16}[d.IntN(4)], verify: d.chance(10),
	}
}

// killed adds a kill to a run.
func (d draw) killed(r run) run {
	k := &kill{place: []place{beforeHandedOn, beforeAnswer, inBody, inBody, inWait}[d.IntN(5)], share: d.Float64()}
	k.publish = k.place == inBody || d.chance(60)
	k.number = 1 + int64(d.IntN(40))
	if k.publish {
		k.number = 1 + int64(d.IntN(5))
	}
	if k.place == inWait {
		k.waiting = time.Second + d.minutes(0, []int{1, 10, 40}[d.IntN(3)])
	}
	r.kill = k
	return r
}

// faults draws up to so many.
func (d draw) faults(s schedule, most int) (faults []fault.Fault) {
	if most == 0 {
		return nil
	}
	for range 1 + d.IntN(most) {
		faults = append(faults, d.fault(s))
	}
	return faults
}

func (d draw) fault(s schedule) fault.Fault {
	kinds := fault.Kinds()
	if d.chance(8) { // as often as the client asks, so that it has to make do without an answer
		return fault.Fault{
			Kind: fault.Hang, On: [][]fault.Operation{{fault.Tags}, {fault.Manifest}, {fault.Manifest}}[d.IntN(3)],
			Of: s.home(d.pick(s.platforms())), After: max(0, d.IntN(6)-3), // mostly the first look, which decides what is sent
			Times: 4,
		}
	}
	f := fault.Fault{Kind: kinds[d.IntN(len(kinds))], After: d.IntN(4)}
	if d.chance(30) {
		f.After = d.IntN(40)
	}
	f.Times = 1 + d.IntN(5)
	if d.chance(10) {
		f.Times = 30 // longer only takes time: the client's pauses between its tries are by the wall's clock
	}
	if d.chance(60) {
		f.Of = d.pick([]string{s.entry(), "@*", "*cli-linux*", s.home(d.pick(s.platforms())), s.home(d.pick(s.packages()))})
	}
	if d.chance(40) { // what goes wrong with uploads matters most, and there are few
		uploads := []fault.Kind{
			fault.Lost, fault.Lost, fault.Lost5xx, fault.AcceptedAs409, fault.ResetBefore, fault.ResetDuring, fault.ResetAfter,
			fault.InternalError, fault.Unavailable, fault.GatewayTimeout, fault.RequestTimeout, fault.TooManyRequests,
		}
		return fault.Fault{
			Kind: uploads[d.IntN(len(uploads))], On: []fault.Operation{fault.Publish}, After: d.IntN(5), Times: 1 + d.IntN(3),
		}
	}
	if d.chance(25) {
		f.On = []fault.Operation{
			[]fault.Operation{fault.Tags, fault.Manifest, fault.Tarball, fault.Publish, fault.Publish, fault.Exchange, fault.Tag,
				fault.Status, fault.Packument}[d.IntN(9)],
		}
	}
	switch f.Kind {
	case fault.Hang, fault.Slow: // each costs the client's patience, in time of the wall
		f.Times = 1
	case fault.TooManyRequests, fault.Unavailable: // not between 1 s and 2 min: those the client waits for by the wall's clock
		f.RetryAfter = d.pick([]string{"", "0", "180", "1934", "-5", "soon", "99999999", "99999999999999999999", "date:+30m", "date:-1h"})
	}
	if lasts(f) {
		f.Times, f.On = 0, nil
		if d.chance(80) {
			f.For = time.Second + d.minutes(0, 40)
		}
	}
	return f
}

// lasts tells whether what is shown differs from what is for as long as the fault is there.
func lasts(f fault.Fault) bool {
	return slices.Contains([]fault.Kind{
		fault.Stale, fault.Stale404, fault.Manifest404, fault.Tarball404, fault.TagLag, fault.NeverServed, fault.WrongIntegrity,
		fault.WrongBytes,
	}, f.Kind)
}
