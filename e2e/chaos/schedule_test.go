package chaos_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

// sort is what a schedule is mostly about.
type sort string

const (
	sortFaults  sort = "faults"
	sortKills   sort = "kills"
	sortRaces   sort = "races"
	sortBuilds  sort = "two builds"
	sortNever   sort = "never served"
	sortOverlap sort = "overlapping releases"
	sortTime    sort = "skewed clocks, old tokens"
)

// sorts are those that are played against the sandbox, in turns; faults and kills more often.
func sorts() []sort {
	return []sort{
		sortFaults, sortKills, sortRaces, sortFaults, sortKills, sortBuilds, sortNever, sortFaults, sortOverlap, sortTime,
	}
}

// schedule is all that happens in one play, drawn from its seed. Which of the requests of one process comes first is not
// in it: that is for the scheduler of the machine to draw.
type schedule struct {
	seed      uint64
	sort      sort
	project   string // the entry's name, and the scope of its platforms
	targets   []string
	packed    []string // packages whose artifact is a .tgz; the others are folders
	big       string   // the package that brings 300 KB
	lists     bool     // the entry's own package.json lists its platforms
	scan      map[string]time.Duration
	never     string // the package whose scan never ends, until it is lifted
	tagsEarly bool   // dist-tags name versions that are not served yet
	faults    []fault.Fault
	rounds    [][]run // of processes that run at once
	pause     time.Duration
}

// run is one process.
type run struct {
	tag         string
	build       int           // which of two builds its machine holds
	after       time.Duration // of its round's beginning
	timeout     time.Duration
	skew        time.Duration
	concurrency int
	verify      bool
	distTag     string // instead of latest
	given       bool   // it has the ID token of its beginning only
	silent      bool   // CircleCI gives it none
	kill        *kill
}

// kill is where a process is killed: at a request, or after so long, while it waits.
type kill struct {
	place   place
	number  int64 // of the request
	publish bool  // only publishes count
	share   float64
	waiting time.Duration
}

type place string

const (
	beforeHandedOn place = "before it is handed on"
	beforeAnswer   place = "before its answer"
	inBody         place = "amid its body"
	inWait         place = "waiting"
)

const (
	first  = "v1.0.0"
	second = "v1.1.0"
)

// never is longer than any schedule.
const never = 1000 * time.Hour

// newSchedule draws a schedule.
func newSchedule(seed uint64, kind sort, project string) schedule {
	d := draw{rand.New(rand.NewPCG(seed, 4))}
	s := schedule{seed: seed, sort: kind, project: project, scan: map[string]time.Duration{}, lists: d.chance(50), tagsEarly: d.chance(40)}
	targets := slices.Clone(allTargets())
	d.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	s.targets = targets[:2+d.IntN(3)]
	for _, name := range s.packages() {
		s.scan[name] = d.scan()
		if d.chance(40) {
			s.packed = append(s.packed, name)
		}
	}
	if d.chance(25) {
		s.big = d.pick(s.packages())
	}
	s.pause = d.minutes(0, 40)
	switch kind {
	case sortFaults:
		s.faults = d.faults(s, 3)
		s.rounds = d.rounds(1+d.IntN(2), func() []run { return []run{d.run()} })
	case sortKills:
		s.faults = d.faults(s, d.IntN(3))
		s.rounds = d.rounds(1+d.IntN(3), func() []run { return []run{d.killed(d.run())} })
	case sortRaces:
		s.race(d)
	case sortBuilds:
		s.rounds = d.rounds(1, func() []run { return []run{d.run(), d.run()} })
		s.rounds[0][1].build = 1
		for i := range s.rounds[0] {
			if s.rounds[0][i].verify = d.chance(40); d.chance(25) {
				s.rounds[0][i] = d.killed(s.rounds[0][i])
			}
		}
	case sortNever:
		s.never = d.pick(s.packages())
		s.scan[s.never] = never
		s.rounds = d.rounds(1+d.IntN(2), func() []run { return []run{d.run()} })
	case sortOverlap:
		s.faults = d.faults(s, d.IntN(2))
		s.rounds = d.rounds(1, func() []run { return []run{d.run(), d.run()} })
		later := &s.rounds[0][1]
		later.tag, later.after = second, d.minutes(0, 15)
		if d.chance(40) {
			s.rounds[0][d.IntN(2)].kill = d.killed(run{}).kill
		}
	case sortTime:
		s.faults = d.faults(s, d.IntN(2))
		s.rounds = d.rounds(1+d.IntN(2), func() []run {
			r := d.run()
			r.skew, r.given, r.silent = d.minutes(-12, 12), d.chance(50), d.chance(10)
			return []run{r}
		})
	}
	return s
}

// race lets up to twelve processes do the same. Many that look for the same long scan cost time and show nothing more.
func (s *schedule) race(d draw) {
	racers := 2 + d.IntN(11)
	for name := range s.scan {
		s.scan[name] = min(s.scan[name], 40*time.Minute/time.Duration(racers*racers))
	}
	s.faults = d.faults(*s, d.IntN(2))
	s.rounds = d.rounds(1, func() (all []run) {
		for range racers {
			r := d.run()
			r.concurrency = min(r.concurrency, 6)
			if d.chance(30) {
				r = d.killed(r)
			}
			if d.chance(30) {
				r.after = time.Duration(d.IntN(120)) * time.Second
			}
			all = append(all, r)
		}
		return all
	})
}

func (s schedule) entry() string { return s.project }

func (s schedule) platform(target string) string { return "@" + s.project + "/cli-" + target }

func allTargets() []string {
	return []string{"darwin-arm64", "linux-arm64", "linux-x64", "windows-x64"}
}

// platforms are the names of the schedule's platforms.
func (s schedule) platforms() (names []string) {
	for _, target := range s.targets {
		names = append(names, s.platform(target))
	}
	return names
}

func (s schedule) packages() []string { return append(s.platforms(), s.entry()) }

// tags are the releases that its processes make.
func (s schedule) tags() (tags []string) {
	for _, round := range s.rounds {
		for _, r := range round {
			if !slices.Contains(tags, r.tag) {
				tags = append(tags, r.tag)
			}
		}
	}
	return tags
}

func (s schedule) String() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "seed %d, %s: platforms %s", s.seed, s.sort, strings.Join(s.targets, ", "))
	for _, name := range s.packages() {
		_, _ = fmt.Fprintf(&b, "\n  %s: scanned for %s", name, s.scan[name])
		if slices.Contains(s.packed, name) {
			b.WriteString(", a .tgz")
		}
		if name == s.big {
			b.WriteString(", of 300 KB")
		}
	}
	_, _ = fmt.Fprintf(&b, "\n  dist-tags name versions in their scan: %t; the entry lists its platforms itself: %t", s.tagsEarly, s.lists)
	for _, f := range s.faults {
		_, _ = fmt.Fprintf(&b, "\n  fault %s", f)
	}
	for i, round := range s.rounds {
		_, _ = fmt.Fprintf(&b, "\n  round %d", i+1)
		for _, r := range round {
			_, _ = fmt.Fprintf(&b, "\n    %s", r)
		}
	}
	_, _ = fmt.Fprintf(&b, "\n  %s between rounds", s.pause)
	return b.String()
}

func (r run) String() string {
	text := fmt.Sprintf("apply %s --timeout %s --concurrency %d", r.tag, r.timeout, r.concurrency)
	if r.verify {
		text += " --verify"
	}
	if r.build > 0 {
		text += " of another build"
	}
	if r.after > 0 {
		text += fmt.Sprintf(", after %s", r.after)
	}
	if r.skew != 0 {
		text += fmt.Sprintf(", its clock wrong by %s", r.skew)
	}
	if r.given {
		text += ", with NPM_ID_TOKEN only"
	}
	if r.silent {
		text += ", without ID tokens from CircleCI"
	}
	if k := r.kill; k != nil {
		what := "request"
		if k.publish {
			what = "publish"
		}
		switch k.place {
		case inWait:
			text += fmt.Sprintf(", killed after %s", k.waiting)
		default:
			text += fmt.Sprintf(", killed at %s %d %s", what, k.number, k.place)
		}
	}
	return text
}

// arguments are those of the program.
func (r run) arguments(stateFile string) []string {
	arguments := []string{
		"apply", "-f", stateFile, "-o", "json", "--yes", "--timeout", r.timeout.String(), "--concurrency", fmt.Sprint(r.concurrency),
	}
	if r.verify {
		arguments = append(arguments, "--verify")
	}
	if r.distTag != "" {
		arguments = append(arguments, "--dist-tag", r.distTag)
	}
	return arguments
}
