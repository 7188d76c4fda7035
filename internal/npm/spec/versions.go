package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Versions is a range as `npm deprecate` reads one: prereleases count like all other versions (node-semver, includePrerelease), so that
// "1.x" includes 1.0.0-rc.1, and "<2" ends before 2.0.0-rc.1. The zero value includes nothing.
type Versions struct {
	sets [][]bound // all bounds of one set have to hold
}

// bound is a lower or an upper end.
type bound struct {
	at        *semver.Version
	upper     bool
	inclusive bool
}

// ParseVersions reads a range. "" and "*" include every version.
func ParseVersions(s string) (Versions, error) {
	var v Versions
	if len(s) > maxRangeLength {
		return v, fmt.Errorf("a range has at most %d characters", maxRangeLength)
	}
	for set := range strings.SplitSeq(s, "||") {
		bounds, ok := boundsOf(set)
		if !ok {
			return Versions{}, fmt.Errorf("%q is no range of versions, such as <1.4.0 or 1.x", s)
		}
		v.sets = append(v.sets, bounds)
	}
	return v, nil
}

// Includes tells whether the range includes a version.
func (v Versions) Includes(version Version) bool {
	parsed, err := semver.StrictNewVersion(string(version))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(v.sets, func(set []bound) bool {
		return !slices.ContainsFunc(set, func(b bound) bool { return !b.holds(parsed) })
	})
}

func (b bound) holds(v *semver.Version) bool {
	c := v.Compare(b.at)
	return c == 0 && b.inclusive || c < 0 && b.upper || c > 0 && !b.upper
}

// boundsOf reads what stands between two "||".
func boundsOf(set string) (all []bound, ok bool) {
	if from, to, isHyphen := strings.Cut(set, " - "); isHyphen {
		low, lowOK := partialOf(strings.TrimSpace(from))
		high, highOK := partialOf(strings.TrimSpace(to))
		if !lowOK || !highOK {
			return nil, false
		}
		if !low.any() {
			all = append(all, low.hyphenLow())
		}
		return append(all, high.bounds("<=", true)...), true
	}
	set = regexp.MustCompile(`(~>|[<>]=?|[=^~])\s+`).ReplaceAllString(strings.TrimSpace(set), "$1")
	for word := range strings.FieldsSeq(set) {
		parts := regexp.MustCompile(`^(~>|[<>]=?|[=^~])?(.*)$`).FindStringSubmatch(word)
		p, ok := partialOf(parts[2])
		if !ok {
			return nil, false
		}
		all = append(all, p.bounds(parts[1], false)...)
	}
	return all, true
}

// partial is a version of which the end may be missing, or x.
type partial struct {
	numbers    []uint64 // up to three
	prerelease string   // of a whole one
}

func partialOf(s string) (p partial, ok bool) {
	const number = `(x|X|\*|0|[1-9][0-9]*)`
	parts := regexp.MustCompile(`^[v=]*` + number + `(?:\.` + number + `(?:\.` + number + `(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?)?)?$`).
		FindStringSubmatch(s)
	if parts == nil {
		return p, false
	}
	open := false
	for _, part := range parts[1:4] {
		n, err := strconv.ParseUint(part, 10, 64)
		switch {
		case part == "" || strings.ContainsAny(part, "xX*"):
			open = true
			continue
		case open || err != nil || n > maxNumber: // 1.x.3 is none
			return p, false
		}
		p.numbers = append(p.numbers, n)
	}
	if p.prerelease = parts[4]; p.prerelease != "" {
		_, err := semver.StrictNewVersion("0.0.0-" + p.prerelease)
		return p, err == nil && len(p.numbers) == 3
	}
	return p, true
}

func (p partial) any() bool   { return len(p.numbers) == 0 }
func (p partial) whole() bool { return len(p.numbers) == 3 }

// low is the lowest version that is meant; of a partial one that is a prerelease.
func (p partial) low() *semver.Version {
	n := append(slices.Clone(p.numbers), 0, 0, 0)
	prerelease := p.prerelease
	if !p.whole() {
		prerelease = "0"
	}
	return semver.New(n[0], n[1], n[2], prerelease, "")
}

// after is the lowest version above all that have its first so many numbers.
func (p partial) after(numbers int) *semver.Version {
	n := append(slices.Clone(p.numbers[:numbers]), 0, 0, 0)
	n[numbers-1]++
	return semver.New(n[0], n[1], n[2], "0", "")
}

// hyphenLow is the lower end of "1.2.3 - 2", which takes prereleases of 1.2.3.
func (p partial) hyphenLow() bound {
	low := p.low()
	if p.whole() && p.prerelease == "" {
		low = semver.New(low.Major(), low.Minor(), low.Patch(), "0", "")
	}
	return bound{at: low, inclusive: true}
}

// bounds are those of a comparator. As the upper end of a hyphen range a whole version takes in nothing above it.
func (p partial) bounds(operator string, hyphen bool) []bound {
	from, last := bound{at: p.low(), inclusive: true}, len(p.numbers)
	nothing := []bound{{at: semver.New(0, 0, 0, "0", ""), upper: true}}
	before := func(numbers int) bound { return bound{at: p.after(numbers), upper: true} }
	switch operator {
	case "<":
		if p.any() {
			return nothing
		}
		return []bound{{at: p.low(), upper: true}}
	case ">":
		switch {
		case p.any():
			return nothing
		case p.whole():
			return []bound{{at: p.low()}}
		}
		return []bound{{at: p.after(last), inclusive: true}}
	case ">=":
		if p.any() {
			return nil
		}
		return []bound{from}
	case "<=":
		switch {
		case p.any():
			return nil
		case p.whole() && hyphen && p.prerelease == "":
			return []bound{before(last)}
		case p.whole():
			return []bound{{at: p.low(), upper: true, inclusive: true}}
		}
		return []bound{before(last)}
	}
	if p.any() {
		return nil
	}
	return []bound{from, p.above(operator, before)}
}

// above is the upper end of what ^, ~ or nothing stands before.
func (p partial) above(operator string, before func(numbers int) bound) bound {
	last := len(p.numbers)
	switch operator {
	case "^":
		for i := range last { // the first number that is not 0 may not change
			if p.numbers[i] > 0 || i == last-1 {
				return before(i + 1)
			}
		}
	case "~", "~>":
		return before(min(last, 2))
	}
	if p.whole() {
		return bound{at: p.low(), upper: true, inclusive: true}
	}
	return before(last)
}
