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

	sortStatus   sort = "staged or blocked"
	sortBurnt    sort = "burnt numbers"
	sortNeeds    sort = "dependencies"
	sortRollback sort = "rollbacks"
	sortStaged   sort = "staged releases"
)

// sorts are those that are played against the sandbox, in turns; faults and kills more often.
func sorts() []sort {
	return []sort{
		sortFaults, sortKills, sortRaces, sortStatus, sortBurnt, sortFaults, sortStaged, sortNeeds, sortRollback, sortKills, sortBuilds,
		sortNever, sortFaults, sortOverlap, sortTime, sortStaged,
	}
}

// schedule is all that happens in one play, drawn from its seed. Which of the requests of one process comes first is not
// in it: that is for the scheduler of the machine to draw.
type schedule struct {
	seed       uint64
	sort       sort
	project    string // the entry's name, and the scope of all else
	restricted bool   // nobody may read the packages who is not let in; the entry then has the scope, too
	targets    []string
	blocks     []platforms // the platforms
	shapes     []string    // by name
	libraries  []string
	lockstep   bool // the libraries are released by the same tags
	settings   settings
	slim       string // another entry over the same platforms; "": there is none
	first      string // tags of the releases
	second     string
	packed     []string // packages whose artifact is a .tgz; the others are folders
	big        string   // the package that brings 300 KB
	lists      bool     // the entry's own package.json lists its platforms
	oneName    bool     // the platforms are versions of the entry's package
	scan       map[string]time.Duration
	never      string // the package whose scan never ends, until it is lifted
	word       string // what the registry says of it in the end, by its status; "": that it is being scanned
	wordAfter  time.Duration
	mute       bool // nobody is told the status of a version
	tagsEarly  bool // dist-tags name versions that are not served yet
	burnt      burning
	needs      map[string][]need // by package
	order      []string          // tags on GitHub; of releases that need each other, first what the others need
	rollback   goingBack
	staging    staging
	takes      bool // a human takes the release back when all is done
	faults     []fault.Fault
	rounds     [][]run // of processes that run at once
	pause      time.Duration
}

const (
	first  = "v1.0.0"
	second = "v1.1.0"
)

// never is longer than any schedule.
const never = 1000 * time.Hour

// newSchedule draws a schedule; npm: for a registry that has access and statuses as npm has, and all names from the start.
func newSchedule(seed uint64, kind sort, project string, npm bool) schedule {
	d := draw{Rand: rand.New(rand.NewPCG(seed, 4))}
	targets := allTargets()
	if kind != sortRollback { // of all of which there are releases to go back to
		d.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
		targets = targets[:2+d.IntN(3)]
	}
	s := newFamily(project, targets)
	s.seed, s.sort, s.scan, s.lists, s.tagsEarly = seed, kind, map[string]time.Duration{}, d.chance(50), d.chance(40)
	if npm {
		s.mute, s.restricted = d.chance(35), d.chance(20) && kind != sortRollback
	}
	if kind == sortNeeds {
		s.libraries = s.allLibraries()
	}
	s.shape(draw{Rand: rand.New(rand.NewPCG(seed, 5))}, npm)
	d.first = s.first
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
	s.plot(d)
	if npm {
		s.drawSettings(draw{rand.New(rand.NewPCG(seed, 6)), s.first})
	}
	s.takes = npm && (d.chance(25) && !slices.Contains([]sort{sortNeeds, sortRollback, sortStaged}, kind) || s.rollback.withdrawn)
	return s
}

// newFamily is an entry and its platforms, in the usual shape.
func newFamily(project string, targets []string) schedule {
	cli := platforms{form: "@" + project + "/cli-{target}"}
	for _, target := range targets {
		cli.members = append(cli.members, member{target: target})
	}
	return schedule{project: project, targets: targets, blocks: []platforms{cli}, first: first, second: second}
}

// plot draws what the schedule is mostly about.
func (s *schedule) plot(d draw) {
	switch s.sort {
	case sortFaults:
		s.faults = d.faults(*s, 3)
		s.rounds = d.rounds(1+d.IntN(2), func() []run { return []run{d.run()} })
	case sortKills:
		s.faults = d.faults(*s, d.IntN(3))
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
		s.faults = d.faults(*s, d.IntN(2))
		s.rounds = d.rounds(1, func() []run { return []run{d.run(), d.run()} })
		later := &s.rounds[0][1]
		later.tag, later.after = s.second, d.minutes(0, 15)
		if d.chance(40) {
			s.rounds[0][d.IntN(2)].kill = d.killed(run{}).kill
		}
	case sortTime:
		s.faults = d.faults(*s, d.IntN(2))
		s.rounds = d.rounds(1+d.IntN(2), func() []run {
			r := d.run()
			r.skew, r.given, r.silent = d.minutes(-12, 12), d.chance(50), d.chance(10)
			return []run{r}
		})
	case sortStatus:
		s.drawStatus(d)
	case sortBurnt:
		s.drawBurnt(d)
	case sortNeeds:
		s.drawNeeds(d)
	case sortRollback:
		s.drawRollback(d)
	case sortStaged:
		s.drawStaged(d)
	}
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

func (s schedule) entry() string {
	if s.restricted { // which only a name with a scope can be
		return "@" + s.project + "/" + s.project
	}
	return s.project
}

func (s schedule) platform(target string) string { return "@" + s.project + "/cli-" + target }

func allTargets() []string {
	return []string{"darwin-arm64", "linux-arm64", "linux-x64", "windows-x64"}
}

// entries are those that list the platforms.
func (s schedule) entries() []string {
	if s.slim == "" {
		return []string{s.entry()}
	}
	return []string{s.entry(), s.slim}
}

// platforms are the names of the schedule's platforms.
func (s schedule) platforms() (names []string) {
	for _, b := range s.blocks {
		for _, m := range b.members {
			names = append(names, b.name(m))
		}
	}
	return names
}

func (s schedule) packages() []string {
	return slices.Concat(s.platforms(), s.entries(), s.libraries)
}

// tags are the releases that its processes make, in the order in which they are finished when nothing disturbs them any more.
func (s schedule) tags() (tags []string) {
	switch s.sort {
	case sortNeeds:
		return s.order
	case sortBurnt:
		return []string{s.first, s.second}
	}
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
	for _, name := range s.packages() {
		for _, n := range s.needs[name] {
			_, _ = fmt.Fprintf(&b, "\n  %s: %s %s@%s", name, n.kind, n.of, n.wanted)
		}
	}
	if s.word != "" {
		_, _ = fmt.Fprintf(&b, "\n  %s: %s from %s on", s.never, s.word, s.wordAfter)
	}
	if s.sort == sortBurnt {
		_, _ = fmt.Fprintf(&b, "\n  burnt before round %d: %s (the next number, too: %t)", s.burnt.before+1, s.burnt.name, s.burnt.above)
	}
	if s.sort == sortRollback {
		_, _ = fmt.Fprintf(&b, "\n  back from %s to %s, that is withdrawn: %t", s.rollback.from, s.rollback.to, s.rollback.withdrawn)
	}
	b.WriteString(s.staging.String() + s.settings.String())
	_, _ = fmt.Fprintf(&b, "\n  the status is refused: %t; the packages are restricted: %t", s.mute, s.restricted)
	_, _ = fmt.Fprintf(&b, "\n  dist-tags name versions in their scan: %t; the entry lists its platforms itself: %t", s.tagsEarly, s.lists)
	_, _ = fmt.Fprintf(&b, "\n  shapes: %s", strings.Join(s.shapes, ", "))
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
