package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Range is what a dependency asks for: versions, as npm reads them ("^1.2.0", ">=1 <3 || 4.x", "1.2.3"). The zero value includes
// nothing.
type Range struct {
	sets []comparators // parted by ||
}

// comparators all have to hold.
type comparators struct {
	of *semver.Constraints
	// prereleases are the versions "1.2.3" of which the set names a prerelease: npm takes prereleases of these alone.
	prereleases map[string]bool
}

// ParseRange reads a range of versions. An empty one, and "*", include every version but prereleases.
func ParseRange(s string) (Range, error) {
	var r Range
	if len(s) > maxRangeLength {
		return Range{}, fmt.Errorf("a range has at most %d characters", maxRangeLength)
	}
	for set := range strings.SplitSeq(s, "||") {
		set = strings.TrimSpace(set)
		if set == "" {
			set = "*"
		}
		parsed, err := semver.NewConstraint(strings.ReplaceAll(set, "~>", "~"))
		if err != nil {
			return Range{}, fmt.Errorf("%q is no range of versions", s)
		}
		c := comparators{of: parsed, prereleases: map[string]bool{}}
		for word := range strings.FieldsSeq(set) {
			if number, _, has := strings.Cut(strings.TrimLeft(word, "<>=~^v "), "-"); has {
				c.prereleases[number] = true
			}
		}
		r.sets = append(r.sets, c)
	}
	return r, nil
}

// maxRangeLength is far above any range that was written by hand.
const maxRangeLength = 4096

// Includes tells whether npm would take the version for the range.
func (r Range) Includes(v Version) bool {
	parsed, err := semver.StrictNewVersion(string(v))
	if err != nil {
		return false
	}
	number, _, prerelease := strings.Cut(string(v), "-")
	return slices.ContainsFunc(r.sets, func(set comparators) bool { return set.of.Check(parsed) && (!prerelease || set.prereleases[number]) })
}
