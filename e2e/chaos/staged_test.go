package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

// staging is what is special about a release that is staged: how long what was approved takes to be served, and what people do by hand.
type staging struct {
	delay map[string]time.Duration
	hands []hand
	flag  bool // --staged says so, not the state file
	other bool // what is staged first was built on another machine, and differs in a platform from what the humans have
}

// What a human decides about what is staged, by the program or by hand.
const (
	approve = "approve"
	reject  = "reject"
)

// drawStaged lets CI stage a release and humans approve it, two at once at times, or reject it; with faults in the calls of staging, kills in
// either phase, decisions by hand amid, and a scan that blocks a package.
func (s *schedule) drawStaged(d draw) {
	s.order, s.staging.delay = []string{s.first}, map[string]time.Duration{}
	for _, name := range s.packages() {
		if d.chance(35) { // what npm's delay is, is not known
			s.staging.delay[name] = d.minutes(0, []int{1, 5, 20}[d.IntN(3)])
		}
	}
	for _, f := range d.faults(*s, d.IntN(4)) {
		s.faults = append(s.faults, d.ofStaging(f))
	}
	s.staging.flag = d.chance(25)
	stages := func() run {
		r := d.run()
		r.staged = s.staging.flag
		return r
	}
	decides := func(only string) run {
		r := stages()
		r.human, r.only, r.named = true, only, only == reject || d.chance(50)
		return r
	}
	maybeKilled := func(r run) run {
		if d.chance(40) {
			return d.killed(r)
		}
		return r
	}
	s.rounds = [][]run{{maybeKilled(stages())}}
	if d.chance(20) {
		s.rounds[0] = append(s.rounds[0], maybeKilled(stages()))
	}
	s.rounds = append(s.rounds, d.rounds(1+d.IntN(2), func() []run {
		round := []run{maybeKilled(decides(approve))}
		switch n := d.IntN(100); {
		case n < 35:
			round = append(round, maybeKilled(decides(approve)))
		case n < 45:
			round = append(round, maybeKilled(decides(reject)))
		case n < 60:
			round = append(round, maybeKilled(stages()))
		case n < 70:
			round = []run{maybeKilled(stages())}
		}
		return round
	})...)
	switch {
	case d.chance(60):
		s.staging.hands = d.hands(*s)
	case d.chance(40):
		s.staging.other, s.rounds[0] = true, s.rounds[0][:1]
		s.rounds[0][0].build = 1
	}
}

// ofStaging lets a fault be about the calls of staging, where it would be about uploads.
func (d draw) ofStaging(f fault.Fault) fault.Fault {
	if !slices.Contains(f.On, fault.Publish) && (len(f.On) > 0 || lasts(f) || d.chance(50)) {
		return f
	}
	on := []fault.Operation{fault.Stage, fault.Stage, fault.Approve, fault.Approve, fault.Approve, fault.Reject}
	if !slices.Contains([]fault.Kind{fault.Lost, fault.Lost5xx, fault.AcceptedAs409}, f.Kind) {
		on = append(on, fault.Stages, fault.Stages)
	}
	f.On, f.After = []fault.Operation{on[d.IntN(len(on))]}, d.IntN(4)
	if f.On[0] != fault.Stage {
		f.Of = "" // their addresses name no package
	}
	return f
}

// way is what the state file says of how a group is published.
func (s schedule) way() (text string) {
	if s.sort == sortStaged && !s.staging.flag {
		text = "      publish: staged\n"
	}
	if s.first != first {
		text += "      prereleases: true\n      prereleaseDistTag: latest\n"
	}
	return text
}

func (s staging) String() string {
	var b strings.Builder
	for name, delay := range s.delay {
		_, _ = fmt.Fprintf(&b, "\n  %s: served %s after its approval", name, delay)
	}
	for _, h := range s.hands {
		_, _ = fmt.Fprintf(&b, "\n  by hand: %s", h)
	}
	return b.String()
}

// aboutStage reads an operation from a path under /-/stage.
func aboutStage(method, rest string) (op operation, name string) {
	name, sent := strings.CutPrefix(rest, "package/")
	_, what, _ := strings.Cut(rest, "/")
	switch {
	case sent && method == http.MethodPost:
		return opStage, name
	case what == "approve" && method == http.MethodPost:
		return opApprove, ""
	case what == "tarball":
		return opStageTarball, ""
	case what == "" && method == http.MethodDelete:
		return opReject, ""
	case what == "" && method == http.MethodGet:
		return opStages, ""
	}
	return opOther, ""
}

// decides tells whether the request approves or rejects what is staged.
func (q request) decides() bool { return q.op == opApprove || q.op == opReject }

// settleStaged ends the release as it is meant to be: CI stages what is missing, a human approves it, and then neither has anything to do.
// Of a release with a package that is blocked nothing more is approved. What another machine's build left is rejected first.
func (p *play) settleStaged(ctx context.Context) {
	p.calm = len(p.machines)
	p.setOnce(ctx, false)
	ci := run{staged: p.staging.flag, tag: p.first, timeout: 90 * time.Minute, concurrency: 8}
	human := ci
	human.human, human.only = true, approve
	one := func(r run) *machine { return p.round(ctx, []run{r})[0] }
	staged, approved := one(ci), one(human)
	p.again = 2
	if p.staging.other && !p.done(approved.code) {
		decline := human
		decline.only, decline.named = reject, true
		one(decline)
		staged, approved = one(ci), one(human)
		p.again = 5
	}
	if p.hands.did(block) {
		for _, m := range []*machine{staged, approved} {
			if m.code == 0 { // with 1 where the entry is torn, which checkTold sees to
				p.problem("m%d ended with %d although a package of the release is blocked", m.id, m.code)
			}
		}
		return
	}
	if staged.code == 4 || !p.done(approved.code) {
		p.problem("the release does not converge: staging ended with %d, its approval with %d", staged.code, approved.code)
		return
	}
	p.setOnce(ctx, true)
	if again := one(human); again.code != 0 || len(again.writes(p.journal.list())) > 0 {
		p.problem("m%d ended with %d where all was approved", again.id, again.code)
	}
	p.quiet = one(ci)
}
