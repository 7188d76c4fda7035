package spec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// maxVersionLength is npm's limit (node-semver's MAX_LENGTH).
const maxVersionLength = 256

// maxNumber is the largest that node-semver takes, JavaScript's MAX_SAFE_INTEGER.
const maxNumber = 1<<53 - 1

// Version is a version in the one form that npm stores: strict semver, no "v", no build metadata. The zero value means
// that no version is known.
type Version string

// ParseVersion checks s as npm does for a version to publish.
func ParseVersion(s string) (Version, error) {
	if len(s) > maxVersionLength {
		return "", fmt.Errorf("a version has at most %d characters", maxVersionLength)
	}
	v, err := semver.StrictNewVersion(s)
	if err != nil {
		return "", fmt.Errorf("%q is not a version of the form 1.2.3 or 1.2.3-rc.1", s)
	}
	if max(v.Major(), v.Minor(), v.Patch()) > maxNumber {
		return "", fmt.Errorf("%q has a number above %d, which npm refuses", s, maxNumber)
	}
	if v.Metadata() != "" {
		return "", fmt.Errorf("%q has build metadata (+%s), which npm drops", s, v.Metadata())
	}
	return Version(s), nil
}

// Versions that npm itself publishes.
const (
	SecurityHolding  Version = "0.0.1-security" // in a name that it took away
	StagePlaceholder Version = "0.0.0-stage"    // in a new name of which a version was staged
)

// Placeholds tells whether the version only holds a name: ours, or npm's own.
func (v Version) Placeholds(ours Version) bool { return v == ours || v == StagePlaceholder }

// String returns the version as npm writes it.
func (v Version) String() string { return string(v) }

// Prerelease tells whether the version carries a prerelease part.
func (v Version) Prerelease() bool {
	parsed, err := semver.StrictNewVersion(string(v))
	return err == nil && parsed.Prerelease() != ""
}

// Compare orders by semver precedence: -1, 0 or +1. What is no version sorts below every version.
func (v Version) Compare(other Version) int {
	a, errA := semver.StrictNewVersion(string(v))
	b, errB := semver.StrictNewVersion(string(other))
	switch {
	case errA != nil && errB != nil:
		return 0
	case errA != nil:
		return -1
	case errB != nil:
		return 1
	}
	return a.Compare(b)
}

// core is v without its prerelease part.
func (v Version) core() Version {
	core, _, _ := strings.Cut(string(v), "-")
	return Version(core)
}

// Next returns the version to go to when v's number is taken: the patch raised, or of a prerelease its last part.
func (v Version) Next() Version {
	parsed, err := semver.StrictNewVersion(string(v))
	switch {
	case err != nil:
		return ""
	case parsed.Prerelease() == "":
		return Version(parsed.IncPatch().String())
	}
	dot := strings.LastIndex(string(v), ".")
	n, err := strconv.ParseUint(string(v)[dot+1:], 10, 53)
	if err != nil || dot < strings.Index(string(v), "-") {
		return v + ".1"
	}
	return Version(fmt.Sprintf("%s.%d", string(v)[:dot], n+1))
}
