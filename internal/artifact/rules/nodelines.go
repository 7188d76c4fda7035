package rules

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
)

// nodeLine is a release line of Node.
type nodeLine struct {
	major      int
	begin, end time.Time // of its support
	npm        int       // the major version of the npm that comes with it; 0: not known here
}

// nodeLines are Node's release lines from 18 to the one that comes next, by its release schedule. Until 26 it has two a year, of which
// the odd ones end within a year; from 27 on one a year, named after the year, each of which is supported for three.
func nodeLines(now time.Time) []nodeLine {
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	lines := []nodeLine{
		{18, day(2022, 4, 19), day(2025, 4, 30), 10},
		{20, day(2023, 4, 18), day(2026, 4, 30), 10},
		{21, day(2023, 10, 17), day(2024, 6, 1), 10},
		{22, day(2024, 4, 24), day(2027, 4, 30), 10},
		{23, day(2024, 10, 16), day(2025, 6, 1), 10},
		{24, day(2025, 5, 6), day(2028, 4, 30), 11},
		{25, day(2025, 10, 15), day(2026, 6, 1), 11},
		{26, day(2026, 5, 5), day(2029, 4, 30), 11},
	}
	for major := 27; ; major++ {
		lines = append(lines, nodeLine{major: major, begin: day(2000+major, 4, 1), end: day(2003+major, 4, 30)})
		if lines[len(lines)-1].begin.After(now) {
			return lines
		}
	}
}

// over tells whether the line's support has ended; a zero time ends none.
func (l nodeLine) over(now time.Time) bool { return !now.IsZero() && now.After(l.end.AddDate(0, 0, 1)) }

// nodeVersions are versions that stand for a line, the first and the last among them.
func (l nodeLine) versions() (versions []*semver.Version) {
	const minors = 40 // more than any line has had
	for minor := range uint64(minors) {
		for _, patch := range []uint64{0, 99} {
			versions = append(versions, semver.New(uint64(l.major), minor, patch, "", "")) //nolint:gosec // small
		}
	}
	return versions
}

// rangeOf is a range as npm reads it.
type rangeOf struct {
	any   bool // every version is in it
	parts []*semver.Constraints
}

// newRange reads a range; ok is false for what npm does not understand, which to npm no version is in.
func newRange(text string) (r rangeOf, ok bool) {
	const longest = 1000 // characters; ranges have a few dozen
	if len(text) > longest || strings.ContainsAny(text, ",!") || strings.Contains(text, "=>") || strings.Contains(text, "=<") {
		return rangeOf{}, false
	}
	for part := range strings.SplitSeq(text, "||") {
		part = strings.TrimSpace(part)
		if part == "" || part == "*" || part == "x" || part == "X" {
			r.any = true
			continue
		}
		constraints, err := semver.NewConstraint(part)
		if err != nil {
			return rangeOf{}, false
		}
		r.parts = append(r.parts, constraints)
	}
	return r, true
}

func (r rangeOf) has(v *semver.Version) bool {
	return r.any || slices.ContainsFunc(r.parts, func(part *semver.Constraints) bool { return part.Check(v) })
}

// shutOut are the versions that admitted has and r has not.
func (r rangeOf) shutOut(versions []*semver.Version, admitted rangeOf) (out []*semver.Version, all bool) {
	all = true
	for _, v := range versions {
		switch {
		case !admitted.has(v):
		case r.has(v):
			all = false
		default:
			out = append(out, v)
		}
	}
	return out, all && len(out) > 0
}

func (l nodeLine) String() string { return strconv.Itoa(l.major) }
