package chaos_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// campaign is which schedules are played against one registry, and how many.
type campaign struct {
	prefix string    // of seeds, where they are printed
	seed   uint64    // of the first; the others have those that follow
	most   int       // schedules; 0: until the time is over
	until  time.Time // none begins later; zero: whenever

	mu     sync.Mutex
	tally  tally
	begun  int
	failed []*play
	since  time.Time
}

// bearable is how many plays may fail before the rest is left.
const bearable = 3

// newCampaign reads what is asked for: CHAOS_TIME for a duration, CHAOS_SEED and CHAOS_SCHEDULES. With none of them it is the
// same short one each time, else one of at most so many schedules as most says, if that is not 0.
func newCampaign(prefix string, short, most int) *campaign {
	GinkgoHelper()
	c := &campaign{prefix: prefix, seed: 1, most: short, since: time.Now()}
	within, seed, schedules := os.Getenv("CHAOS_TIME"), os.Getenv("CHAOS_SEED"), os.Getenv("CHAOS_SCHEDULES")
	if cmp.Or(within, seed, schedules) != "" {
		c.seed, c.most = rand.Uint64N(1e9), most
	}
	if seed != "" {
		n, err := strconv.ParseUint(strings.TrimPrefix(seed, "v"), 10, 64)
		Expect(err).NotTo(HaveOccurred(), "CHAOS_SEED")
		c.seed = n
	}
	if schedules != "" {
		n, err := strconv.Atoi(schedules)
		Expect(err).NotTo(HaveOccurred(), "CHAOS_SCHEDULES")
		if most > 0 && !strings.HasPrefix(seed, prefix) {
			n = min(max(n/4, 1), most) // so many are for the sandbox; at Verdaccio one takes four times as long
		}
		c.most = n
	}
	if within != "" {
		d, err := time.ParseDuration(within)
		Expect(err).NotTo(HaveOccurred(), "CHAOS_TIME")
		c.until = began.Add(d)
	}
	c.say("CHAOS_SEED=%s%d", c.prefix, c.seed)
	return c
}

// say prints at once, so that a seed is known also of a run that is cut off.
func (c *campaign) say(format string, args ...any) {
	_, _ = fmt.Fprintf(os.Stderr, "chaos: "+format+"\n", args...)
}

// next returns the seed of one more schedule.
func (c *campaign) next() (seed uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	over := !c.until.IsZero() && time.Now().After(c.until)
	if c.most > 0 && c.begun >= c.most || over || len(c.failed) >= bearable {
		return 0, false
	}
	c.begun++
	return c.seed + uint64(c.begun) - 1, true
}

// run plays schedules side by side until there is no more. worker gives each side a way to prepare plays.
func (c *campaign) run(ctx context.Context, dir string, worker func(dir string) (prepare func(seed uint64) *play, end func())) {
	var group sync.WaitGroup
	for i := range 4 * runtime.NumCPU() {
		group.Go(func() {
			defer GinkgoRecover()
			own := filepath.Join(dir, strconv.Itoa(i))
			prepare, end := worker(own)
			defer end()
			for seed, ok := c.next(); ok && ctx.Err() == nil; seed, ok = c.next() {
				p := prepare(seed)
				p.dir = filepath.Join(own, "play")
				p.perform(ctx)
				_ = os.RemoveAll(p.dir) // only untidy
				c.add(p)
			}
		})
	}
	group.Wait()
}

func (c *campaign) add(p *play) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.add(p)
	if len(p.problems) > 0 {
		c.failed = append(c.failed, p)
	}
}

// conclude prints what was seen, and fails when anything was wrong.
func (c *campaign) conclude() {
	GinkgoHelper()
	c.say("%s\nin %s", c.tally.String(), time.Since(c.since).Round(time.Second))
	var reports strings.Builder
	for _, p := range c.failed {
		_, _ = fmt.Fprintf(&reports, "\n\nmake chaos CHAOS_SEED=%s%d CHAOS_SCHEDULES=1\n%s", c.prefix, p.seed, p.report())
	}
	if len(c.failed) > 0 {
		Fail(reports.String())
	}
}
