package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

// scene is a registry, and what its machines need to get there.
type scene interface {
	reset(*play) error
	handler() http.Handler
	prepare(*machine) (environment []string, err error)
	records(names []string) (records, error)
	tarball(name, version string) ([]byte, error)
}

// play is one schedule being played.
type play struct {
	schedule
	scene
	stage    *stage // nil: the registry is no sandbox
	dir      string
	clock    *clock
	journal  *journal
	layer    *fault.Layer
	projects []project
	machines []*machine
	began    time.Time // simulated
	calm     int       // how many machines there were when all disturbance ended
	again    int       // how many runs it took from there
	quiet    *machine  // the one that ran when all was done
	taken    *machine  // the one that ran when a human had taken the release back; nil: nobody did
	unburnt  int       // how many machines there were when a number was burnt
	hands    hands     // what people have done by hand

	mu       sync.Mutex
	problems []string
}

// patience is how long one schedule may take, by the wall's clock. Nothing is proved by it but that nothing hangs.
const patience = 3 * time.Minute

// reruns is how many runs a release may need once nothing disturbs them. One finishes what was cut off. Two are needed where
// the first says what is in the way: other bytes than its machine holds, or a higher version that is the latest.
func (s schedule) reruns() int {
	if s.sort == sortBuilds || s.sort == sortOverlap {
		return 2
	}
	return 1
}

// perform plays the schedule to its end and checks it.
func (p *play) perform(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p.clock = newClock(time.Now().UTC().Truncate(time.Second)) // dates in answers are read by the wall's clock
	p.began = p.clock.Now()
	p.journal = &journal{now: p.clock.Now}
	p.layer = fault.New(fault.Options{Faults: p.faults, Now: p.clock.Now})
	defer func() {
		for _, m := range p.machines {
			m.close()
		}
		p.clock.close()
	}()
	var err error
	if err = p.reset(p); err == nil {
		p.projects, err = p.build(p.dir, p.stage != nil)
	}
	if err != nil {
		p.problem("preparing: %v", err)
		return
	}
	for i, round := range p.rounds {
		p.burn(i)
		p.round(ctx, round)
		p.clock.pass(p.pause)
	}
	p.settle(ctx)
	p.check()
}

// round runs processes at once, each on a machine that knows nothing of any other.
func (p *play) round(ctx context.Context, runs []run) []*machine {
	var all []*machine
	handler := p.layer.Wrap(witness(p.journal, p.handler()))
	for _, r := range runs {
		id := len(p.machines) + 1
		m := &machine{
			run: r, id: id, dir: filepath.Join(p.dir, fmt.Sprintf("m%d", id)), registry: handler, journal: p.journal, clock: p.clock,
			state: filepath.Join(p.projects[r.build].dir, "desired-state.yaml"), here: p.clock.enrol(r.skew),
		}
		all = append(all, m)
		p.machines = append(p.machines, m)
	}
	var group sync.WaitGroup
	for _, m := range all {
		group.Go(func() {
			defer p.clock.leave(m.here)
			if err := m.live(ctx, p.prepare); err != nil {
				p.problem("m%d: %v", m.id, err)
			}
			var err error
			if m.found, err = p.records(p.packages()); err != nil {
				p.problem("reading the registry: %v", err)
			}
		})
	}
	group.Wait()
	return all
}

// settle ends all disturbance and runs until every release has converged.
func (p *play) settle(ctx context.Context) {
	p.layer.Clear()
	if p.sort == sortStaged {
		p.settleStaged(ctx)
		return
	}
	if p.never != "" && p.stage != nil {
		if err := lift(p.stage.dir, p.home(p.never), p.clock.Now()); err != nil {
			p.problem("lifting the scan: %v", err)
		}
		p.scan[p.never] = 0
	}
	p.burn(len(p.rounds))
	p.calm = len(p.machines)
	p.setOnce(ctx, false)
	r := run{timeout: 90 * time.Minute, concurrency: 8, human: p.sort == sortRollback}
	for _, r.tag = range p.tags() {
		if p.sort == sortBurnt && r.tag == p.first {
			p.checkGivenUp(p.round(ctx, []run{r})[0])
			continue
		}
		if !p.converges(ctx, r) {
			p.problem("%s does not converge: %d runs after the last disturbance, the last one ended with %d", r.tag, p.reruns(),
				p.machines[len(p.machines)-1].code)
			return
		}
	}
	p.setOnce(ctx, true)
	p.again = len(p.machines) - p.calm
	p.quiet = p.round(ctx, []run{r})[0]
	p.takeBack(ctx, r)
}

// converges runs until a release is finished, as often as that may take.
func (p *play) converges(ctx context.Context, r run) bool {
	for range p.reruns() {
		m := p.round(ctx, []run{r})[0]
		switch superseded := r.tag == p.first && p.sort == sortOverlap && p.superseded(m.found); {
		case m.code == 3 && superseded && r.distTag == "": // documented: a lower version needs a tag of its own
			r.distTag = "previous"
		case p.done(m.code):
			return true
		case ctx.Err() != nil:
			return false
		}
		p.clock.pass(5 * time.Minute)
	}
	return false
}

// superseded tells whether a later release is the latest one of some package.
func (p *play) superseded(found records) bool {
	return slices.ContainsFunc(p.packages(), func(name string) bool {
		return found[name].latest() == versionOf(p.second)
	})
}

func (p *play) problem(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// report tells all there is to know of a play.
func (p *play) report() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s\n\n", strings.Join(p.problems, "\n"))
	_, _ = fmt.Fprintf(&b, "%s\n\n", p.schedule)
	for _, hit := range p.layer.Hits() {
		_, _ = fmt.Fprintf(&b, "%s broken: %s %s by %s\n", hit.At.Format("15:04:05"), hit.Method, hit.Path, hit.Fault)
	}
	_, _ = fmt.Fprintf(&b, "\nbegan %s; the disturbance ended behind m%d\n", p.began.Format("15:04:05"), p.calm)
	for _, q := range p.journal.list() {
		_, _ = fmt.Fprintln(&b, q)
	}
	for _, m := range p.machines {
		_, _ = fmt.Fprintf(&b, "\n--- %s, at %s\n%s\n", m, m.ended.Format("15:04:05"), m.outputs())
	}
	if all, err := p.records(p.packages()); err == nil {
		for _, name := range p.packages() {
			_, _ = fmt.Fprintf(&b, "%s: %v %v\n", name, all[name].Versions, all[name].Tags)
		}
	}
	return b.String()
}
