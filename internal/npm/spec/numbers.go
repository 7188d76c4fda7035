package spec

import "slices"

// Numbers are those of a package's versions, as its packument tells: each lowest first.
type Numbers struct {
	Served  []Version // of the versions that are there
	Removed []Version // of those that were: the packument has their time, and not them
}

// Lost tells whether the version was there and is no more. Its number is never free again.
func (n Numbers) Lost(v Version) bool { return slices.Contains(n.Removed, v) }

// Highest returns the highest number that was ever used; "" where none is known.
func (n Numbers) Highest() Version {
	var highest Version
	for _, numbers := range [][]Version{n.Served, n.Removed} {
		for _, v := range numbers {
			if v.Compare(highest) > 0 {
				highest = v
			}
		}
	}
	return highest
}

// Above returns the first number above the highest, which is one for a release where v is: a prerelease's own number, which
// it has not used up, is free as long as nothing higher is.
func (v Version) Above(highest Version) Version {
	if highest.Compare(v) < 0 {
		highest = v
	}
	if highest.Prerelease() && !v.Prerelease() {
		return highest.core()
	}
	return highest.Next()
}
